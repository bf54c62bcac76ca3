// Where the seconds of the builds went: build, phase, layer, runner, as an icicle and a table.
import { hierarchy, partition, type HierarchyRectangularNode } from "d3-hierarchy";
import { useMemo } from "preact/hooks";
import type { BuildTimes, Log } from "../contract";
import { json, numbers, text } from "../data";
import { percent, seconds } from "../format";
import { FromLine, Name, usePart, useTip, useWidth } from "../parts/small";
import { Table, type Column } from "../parts/Table";

interface Node { name: string; seconds?: number; line?: number | null; children?: Node[]; phase?: string }

const WORDS: Record<string, string> = {
  graph: "graph construction", selection: "timing of candidates", subgraph: "fused regions", generation: "rest of the engine's generation",
};
const ROW = 30;

function tree(times: BuildTimes): Node {
  const root: Node = { name: "all builds", children: [] };
  const child = (node: Node, name: string, phase?: string): Node => {
    node.children ??= [];
    let found = node.children.find((one) => one.name === name);
    if (!found) node.children.push((found = { name, ...(phase ? { phase } : {}) }));
    return found;
  };
  times.seconds.forEach((value, row) => {
    const phase = text(times.phase, row) ?? "";
    const layer = text(times.layer, row), runner = text(times.runner, row);
    let node = child(root, `build ${times.build[row] ?? "–"}`);
    node = child(node, WORDS[phase] ?? phase, phase);
    if (layer) node = child(node, layer, phase);
    const leaf: Node = { name: runner ?? (layer ? "runner not printed" : "not itemised in the log"), seconds: value ?? 0,
      line: numbers(times.line)[row] ?? null, phase };
    (node.children ??= []).push(leaf);
  });
  return root;
}

export function BuildTime({ log }: { log: Log }) {
  const times = usePart(() => json<BuildTimes>(log.parts.build_times ?? ""), [log]);
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const root = useMemo(() => {
    if (!times || !width) return null;
    const summed = hierarchy(tree(times)).sum((node) => node.seconds ?? 0).sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return partition<Node>().size([width, ROW * (summed.height + 1)])(summed);
  }, [times, width]);
  if (times && !times.seconds.length) {
    return <p class="note">The log prints no seconds of the build. TensorRT prints them with --verbose, per runner since 8.6.</p>;
  }
  const total = root?.value ?? 0;
  const path = (node: HierarchyRectangularNode<Node>) => node.ancestors().reverse().slice(1).map((one) => one.data.name).join(" › ");
  const columns: Column[] = times ? [
    { id: "seconds", title: "time", width: "90px", right: true, descending: true, value: (row) => times.seconds[row] ?? null,
      show: (row) => <FromLine line={numbers(times.line)[row]}>{seconds(times.seconds[row] ?? null)}</FromLine> },
    { id: "share", title: "share", width: "70px", right: true, descending: true, value: (row) => times.seconds[row] ?? null,
      show: (row) => percent((times.seconds[row] ?? 0) / total) },
    { id: "build", title: "build", width: "60px", right: true, value: (row) => times.build[row] ?? null },
    { id: "phase", title: "phase", width: "200px", value: (row) => WORDS[text(times.phase, row) ?? ""] ?? null },
    { id: "layer", title: "layer", width: "minmax(200px, 2fr)", value: (row) => text(times.layer, row),
      show: (row) => { const layer = text(times.layer, row); return layer ? <Name name={layer} /> : <span class="dim">not itemised in the log</span>; } },
    { id: "runner", title: "runner", width: "minmax(120px, 1fr)", value: (row) => text(times.runner, row) },
  ] : [];
  return (
    <>
      {log.build_time && <p class="headline">{log.build_time}</p>}
      <section aria-label="Build time" ref={ref} class="icicle">
        {root && (
          <svg width={width} height={ROW * (root.height + 1)} role="img" onMouseLeave={hide}
            aria-label={`${seconds(total)} by build, phase, layer and runner; the table below has the same numbers`}>
            {root.descendants().filter((node) => node.x1 - node.x0 >= 0.6).map((node, at) => (
              <g key={at} transform={`translate(${node.x0} ${node.y0})`} class={`slab ${node.data.phase ?? ""}`}
                onMouseMove={(event) => show(event, <><b>{path(node) || "all builds"}</b><br />
                  {seconds(node.value ?? 0)}, {percent((node.value ?? 0) / total)}</>)}>
                <rect width={Math.max(0.6, node.x1 - node.x0 - 1)} height={ROW - 1} rx={2} />
                {node.x1 - node.x0 > 46 && (
                  <text x={6} y={19}>{fit(`${node.data.name} ${seconds(node.value ?? 0)}`, node.data.name, node.x1 - node.x0)}</text>
                )}
              </g>
            ))}
          </svg>
        )}
        {tip}
      </section>
      {times && <Table label="Build time by runner" columns={columns} rows={times.seconds.map((_, row) => row)} sort="-seconds"
        above={<h2>By layer and runner</h2>} />}
    </>
  );
}

function fit(long: string, short: string, width: number): string {
  const most = Math.floor((width - 10) / 6.6);
  return long.length <= most ? long : short.length <= most ? short : `${short.slice(0, Math.max(1, most - 1))}…`;
}
