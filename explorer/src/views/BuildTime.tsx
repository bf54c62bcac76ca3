// Where the seconds of the builds went: build, phase, layer, runner, as an icicle and a table.
import { hierarchy, partition, type HierarchyRectangularNode } from "d3-hierarchy";
import { useContext, useMemo } from "preact/hooks";
import type { BuildTimes, Log } from "../contract";
import { json, numbers, text } from "../data";
import { percent, seconds } from "../format";
import { FromLine, LogNumber, Name, usePart, useTip, useWidth } from "../parts/small";
import { Table, type Column } from "../parts/Table";
import { at as placeOf, go, type Route } from "../route";

interface Node { row: number; name: string; seconds: number; share: number | null; line: number | null; children: Node[]; phase: string }

const ROW = 30;

function tree(times: BuildTimes): Node {
  const sums = times.slabs;
  const nodes = sums.parent.map((_, row): Node => ({
    row, name: text(sums.name, row) ?? "", seconds: sums.seconds[row] ?? 0, share: sums.share[row] ?? null, line: null, children: [],
    phase: text(sums.phase, row) ?? "",
  }));
  sums.parent.forEach((parent, row) => { if (parent !== null) nodes[parent]?.children.push(nodes[row]!); });
  times.slab.forEach((slab, row) => nodes[slab ?? 0]?.children.push({
    row: -1, name: text(times.part, row) ?? "", seconds: times.seconds[row] ?? 0, share: times.share[row] ?? null,
    line: numbers(times.line)[row] ?? null, children: [], phase: text(times.phase, row) ?? "",
  }));
  return nodes[0]!;
}

/** The rows that a sum is made of. */
function within(times: BuildTimes, sum: number): number[] {
  const rows = times.seconds.map((_, row) => row);
  if (sum <= 0) return rows;
  return rows.filter((row) => {
    for (let at: number | null = times.slab[row] ?? null; at !== null; at = times.slabs.parent[at] ?? null) if (at === sum) return true;
    return false;
  });
}

export function BuildTime({ log, route }: { log: Log; route: Route }) {
  const times = usePart(() => json<BuildTimes>(log.parts.build_times ?? ""), [log]);
  const number = useContext(LogNumber);
  const sum = placeOf(route.sum?.replace(/^slab:/, ""));
  const [width, ref] = useWidth();
  const { tip, show, hide } = useTip();
  const root = useMemo(() => {
    if (!times || !width) return null;
    // the widths; the numbers are those of the data
    const summed = hierarchy(tree(times)).sum((node) => (node.children.length ? 0 : node.seconds)).sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return partition<Node>().size([width, ROW * (summed.height + 1)])(summed);
  }, [times, width]);
  if (times && !times.seconds.length) {
    return <p class="note">The log prints no seconds of the build. TensorRT prints them with --verbose, per runner since 8.6.</p>;
  }
  const path = (node: HierarchyRectangularNode<Node>) => node.ancestors().reverse().slice(1).map((one) => one.data.name).join(" › ");
  const columns: Column[] = times ? [
    { id: "seconds", title: "time", width: "90px", right: true, descending: true, value: (row) => times.seconds[row] ?? null,
      show: (row) => <FromLine line={numbers(times.line)[row]}>{seconds(times.seconds[row] ?? null)}</FromLine> },
    { id: "share", title: "share", width: "70px", right: true, descending: true, value: (row) => times.share[row] ?? null,
      show: (row) => <FromLine line={numbers(times.line)[row]}>{percent(times.share[row])}</FromLine> },
    { id: "build", title: "build", width: "60px", right: true, value: (row) => times.build[row] ?? null },
    { id: "phase", title: "phase", width: "236px", value: (row) => times.phases[text(times.phase, row) ?? ""] ?? null },
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
            aria-label={`${seconds(root.data.seconds)} by build, phase, layer and runner; the table below has the same numbers`}>
            {root.descendants().filter((node) => node.x1 - node.x0 >= 0.6).map((node, at) => (
              <g key={at} transform={`translate(${node.x0} ${node.y0})`} class={`slab ${node.data.phase ?? ""}`}
                onMouseMove={(event) => show(event, <><b>{path(node) || "all builds"}</b><br />
                  {seconds(node.data.seconds)}, {percent(node.data.share)}</>)}
                onClick={() => node.data.line !== null ? go({ line: node.data.line, lines: number || null })
                  : go({ sum: node.data.row > 0 ? `slab:${node.data.row}` : null })}>
                <rect width={Math.max(0.6, node.x1 - node.x0 - 1)} height={ROW - 1} rx={2} />
                {node.x1 - node.x0 > 46 && (
                  <text x={6} y={19}>{fit(`${node.data.name} ${seconds(node.data.seconds)}`, node.data.name, node.x1 - node.x0)}</text>
                )}
              </g>
            ))}
          </svg>
        )}
        {tip}
      </section>
      {times && <Table label="Build time by runner" columns={columns} rows={within(times, sum)} sort="-seconds"
        above={<h2>{sum > 0 ? `${text(times.slabs.name, sum)}: ${seconds(times.slabs.seconds[sum] ?? null)}` : "By layer and runner"}{" "}
          {sum > 0 ? <button type="button" class="quiet no-print" onClick={() => go({ sum: null })}>Show all</button>
            : <span class="dim small no-print">choose a sum above to see what it adds up</span>}</h2>} />}
    </>
  );
}

function fit(long: string, short: string, width: number): string {
  const most = Math.floor((width - 10) / 6.6);
  return long.length <= most ? long : short.length <= most ? short : `${short.slice(0, Math.max(1, most - 1))}…`;
}
