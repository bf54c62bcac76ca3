// A fleet: the steps in its times, one series as a line, all series as a heat map, noise, outliers, coverage.
import { useMemo } from "preact/hooks";
import type { Fleet, Section, Trend } from "../contract";
import { count, margin, ms } from "../format";
import { Heat, HeatLegend } from "../parts/Heat";
import { GridTable, Name } from "../parts/small";
import { Table, type Column } from "../parts/Table";
import { TrendLine } from "../parts/TrendLine";
import { at, go, type Route } from "../route";

export function FleetView({ fleet, route }: { fleet: Fleet; route: Route }) {
  const rows = useMemo(() => filtered(fleet, route), [fleet, route.find]);
  const chosen = fleet.trends[at(route.row)] ? at(route.row) : fleet.trends.length ? 0 : -1;
  const trend = fleet.trends[chosen];
  return (
    <>
      <p class="headline">{fleet.headline}</p>
      <ul class="page-facts fleet-facts">{fleet.facts.map((fact) => (
        <li key={fact.label}><span class="dim">{fact.label}</span> {fact.value}</li>))}</ul>
      {fleet.notes.map((note) => <p key={note} class="note">{note}</p>)}
      {fleet.trends.length > 0 && (
        <>
          <Steps fleet={fleet} rows={rows} chosen={chosen} />
          {trend && <TrendLine key={chosen} fleet={fleet} trend={trend} />}
          <Table label="Heat map" columns={columnsOf(fleet)} rows={rows} selected={chosen} onOpen={(row) => go({ row })} most={18}
            above={<div class="filter"><h2>{count(rows.length, "series", "series")} by {fleet.over}</h2><HeatLegend fleet={fleet} /></div>} />
          {fleet.left_out > 0 && <p class="dim small">{count(fleet.left_out, "more series", "more series")} stray less and are not in the page, for its size.</p>}
        </>
      )}
      <div class="facts-view">{fleet.sections.map((section) => <Answer key={section.title} section={section} />)}</div>
    </>
  );
}

function filtered(fleet: Fleet, route: Route): number[] {
  const words = (route.find ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return fleet.trends.map((_, row) => row).filter((row) => {
    const trend = fleet.trends[row]!;
    const said = [trend.name, ...trend.key, ...trend.kernels.texts].join("\n").toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

const what = (trend: Trend) => [trend.name, ...trend.key.filter((value) => value !== "–")].join(" · ");

function keysOf(fleet: Fleet, of: (row: number) => Trend): Column[] {
  return fleet.keys.map((key, place): Column => ({
    id: `key${place}`, title: key === "tensorrt_version" ? "TensorRT" : key === "gpu" ? "GPU" : key,
    width: key === "tensorrt_version" ? "84px" : "minmax(80px, 130px)", value: (row) => of(row).key[place] ?? null,
  })).filter((column) => new Set(fleet.trends.map((_, row) => fleet.trends[row]!.key[Number(column.id.slice(3))])).size > 1);
}

function Steps({ fleet, rows, chosen }: { fleet: Fleet; rows: number[]; chosen: number }) {
  const steps = useMemo(() => rows.flatMap((row) => fleet.trends[row]!.steps.map((step) => ({ step, row })))
    .sort((a, b) => Math.abs(b.step.change) - Math.abs(a.step.change)), [fleet, rows]);
  if (!steps.length) return null;
  const of = (row: number) => fleet.trends[steps[row]!.row]!;
  const kernels = (row: number) => {
    const { kernel_before: before, kernel_after: after } = steps[row]!.step;
    return before && after && before !== after ? `${before} → ${after}` : null;
  };
  const columns: Column[] = [
    { id: "change", title: "change", width: "84px", right: true, descending: true, value: (row) => steps[row]!.step.change,
      show: (row) => <b class={steps[row]!.step.change > 0 ? "slower" : "faster"}>{margin(steps[row]!.step.change)}</b> },
    { id: "since", title: "since", width: "110px", value: (row) => steps[row]!.step.since },
    { id: "times", title: "before and after", width: "190px", value: (row) => steps[row]!.step.before_ms,
      show: (row) => `${ms(steps[row]!.step.before_ms)} → ${ms(steps[row]!.step.after_ms)}` },
    { id: "line", title: "times", width: "150px", value: () => null, show: (row) => <Spark trend={of(row)} /> },
    { id: "name", title: "layer", width: "minmax(200px, 1.4fr)", value: (row) => of(row).name, show: (row) => <Name name={of(row).name} /> },
    ...keysOf(fleet, of),
    ...(steps.some((_, row) => kernels(row)) ? [{ id: "kernel", title: "kernel", width: "minmax(140px, 1fr)", value: kernels }] : []),
  ];
  return <Table label="Steps" columns={columns} rows={steps.map((_, row) => row)} most={8}
    selected={Math.max(-1, steps.findIndex(({ row }) => row === chosen))} onOpen={(row) => go({ row: steps[row]!.row })}
    above={<h2>{count(steps.length, "step")}</h2>} />;
}

/** The times of a series as a small line; gaps where a point has none. */
function Spark({ trend }: { trend: Trend }) {
  const known = trend.times_ms.filter((time) => time !== null);
  const low = Math.min(...known), span = Math.max(...known) - low || 1;
  const many = Math.max(1, trend.times_ms.length - 1);
  let open = false;
  const path = trend.times_ms.map((time, place) => {
    if (time === null) { open = false; return ""; }
    const point = `${open ? "L" : "M"}${((place / many) * 136 + 2).toFixed(1)} ${(18 - ((time - low) / span) * 15).toFixed(1)}`;
    open = true;
    return point;
  }).join("");
  return <svg class="spark" width={140} height={20} aria-hidden="true"><path d={path} /></svg>;
}

function columnsOf(fleet: Fleet): Column[] {
  const of = (row: number): Trend => fleet.trends[row]!;
  const first = fleet.points[0] ?? "", last = fleet.points[fleet.points.length - 1] ?? "";
  return [
    { id: "name", title: "layer", width: "minmax(180px, 1fr)", value: (row) => of(row).name, show: (row) => <Name name={of(row).name} /> },
    ...keysOf(fleet, of),
    { id: "usual", title: "usual", width: "84px", right: true, descending: true, value: (row) => of(row).usual_ms,
      show: (row) => ms(of(row).usual_ms) },
    { id: "heat", title: `${first} to ${last}`, help: "Time against the usual one, point by point: the median before the first step, or of all", width: "minmax(260px, 2.6fr)",
      value: (row) => of(row).ratios.map((ratio) => ratio === null ? "?" : margin(ratio)).join(" "),
      show: (row) => <Heat fleet={fleet} trend={of(row)} what={what(of(row))} /> },
  ];
}

function Answer({ section }: { section: Section }) {
  return (
    <section aria-label={section.title}>
      <h2>{section.title}</h2>
      {section.parts.map((part, place) => part.grid
        ? <GridTable key={place} grid={part.grid} label={`${section.title} ${place}`} />
        : <p key={place} class={part.strong ? "answer" : "dim"}>{part.text}</p>)}
    </section>
  );
}
