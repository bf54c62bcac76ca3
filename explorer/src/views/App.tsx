// The frame of the page: what it is about, views, builds, search, theme; the lines of the log below.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Fact, Log, Page } from "../contract";
import { FromLine, LogNumber } from "../parts/small";
import { LogLines } from "../parts/LogLines";
import { at, go, useRoute, type Route } from "../route";
import { BuildTime } from "./BuildTime";
import { DiffView } from "./DiffView";
import { Facts } from "./Facts";
import { FleetView } from "./FleetView";
import { LogView } from "./LogView";
import { MatrixView } from "./MatrixView";

export function App({ page }: { page: Page }) {
  const route = useRoute();
  const compares = page.kind !== "log";
  const chosen = at(route.log, compares ? -1 : 0);
  const log = page.logs[chosen];
  const line = at(route.line);
  const lines = page.logs[at(route.lines, 0)];
  return (
    <LogNumber.Provider value={Math.max(0, chosen)}>
      <Head page={page} log={log} route={route} />
      <main>
        {log ? view(log, route) : page.diff ? <DiffView page={page} diff={page.diff} route={route} />
          : page.matrix ? <MatrixView page={page} matrix={page.matrix} route={route} />
          : page.fleet ? <FleetView fleet={page.fleet} route={route} /> : null}
      </main>
      <footer>tacticlens {page.version}. This page holds all its data and loads nothing.</footer>
      {line > 0 && lines && <LogLines log={lines} line={line} />}
    </LogNumber.Provider>
  );
}

function view(log: Log, route: Route) {
  if (route.view === "build-time") return <BuildTime log={log} route={route} />;
  if (route.view === "facts") return <Facts log={log} />;
  return <LogView log={log} route={route} />;
}

const VIEWS = [["", "Engine"], ["build-time", "Build time"], ["facts", "Log"]] as const;
const short = (path: string) => path.split(/[/\\]/).pop() ?? path;

function Head({ page, log, route }: { page: Page; log: Log | undefined; route: Route }) {
  const compares = page.kind !== "log";
  const engine = log?.engines[at(route.engine, 0)] ?? log?.engines[0];
  return (
    <header class="page-head">
      <div class="page-title">
        <h1 title={page.title}>{page.title.split(" → ").map(short).join(" → ")}</h1>
        {compares && page.logs.length > 0 && (
          <nav aria-label="Builds" class="no-print">
            <Link to={{ log: null, view: null, engine: null, layer: null, sum: null }} here={!log}>{page.kind === "diff" ? "Changes" : "Matrix"}</Link>
            {page.logs.map((one, number) => (
              <Link key={number} to={{ log: number, view: null, engine: null, layer: null, sum: null, change: null, row: null }} here={one === log}>
                {page.kind === "diff" && page.logs.length === 2 ? ["Old", "New"][number] : short(one.source)}</Link>
            ))}
          </nav>
        )}
        {log && (
          <nav aria-label="Views" class="no-print">
            {VIEWS.map(([name, title]) => <Link key={name} to={{ view: name || null }} here={(route.view ?? "") === name}>{title}</Link>)}
          </nav>
        )}
        <span class="spring" />
        {log && log.engines.length > 1 && (
          <label class="no-print">build <select value={route.engine ?? "0"} onChange={(event) => go({ engine: event.currentTarget.value, layer: null, finding: null, sum: null })}>
            {log.engines.map((engine, number) => <option key={number} value={number}>{engine.label}</option>)}
          </select></label>
        )}
        <Search route={route} fleet={page.kind === "fleet"} />
        <Theme />
      </div>
      {log && (
        <ul class="page-facts">
          {(engine?.facts ?? log.facts).map((fact) => (
            <li key={fact.label}><span class="dim">{fact.label}</span> <Value fact={fact} /></li>
          ))}
        </ul>
      )}
    </header>
  );
}

/** What opens the line that says it, or else the view that adds it up. */
function Value({ fact }: { fact: Fact }) {
  if (fact.line !== null || !fact.view) return <FromLine line={fact.line}>{fact.value}</FromLine>;
  return <button type="button" class="from-line" onClick={() => go({ view: fact.view ?? null })}>{fact.value}</button>;
}

function Link({ to, here, children }: { to: Parameters<typeof go>[0]; here: boolean; children: ComponentChildren }) {
  const hash = new URLSearchParams(Object.entries(to).filter(([, value]) => value !== null).map(([key, value]) => [key, String(value)]));
  return (
    <a href={`#${hash}`} aria-current={here ? "page" : undefined} onClick={(event) => {
      event.preventDefault();
      go(to);
    }}>{children}</a>
  );
}

function Search({ route, fleet }: { route: Route; fleet: boolean }) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
      if (event.key === "/" && !typing) {
        event.preventDefault();
        box.current?.focus();
      }
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  return (
    <input class="search no-print" ref={box} type="search" placeholder={fleet ? "layer, label, kernel  ( / )" : "layer, node, kernel  ( / )"}
      aria-label={fleet ? "Search layers, labels and kernels" : "Search layers, ONNX nodes and kernels"}
      value={route.find ?? ""} onInput={(event) => go({ find: event.currentTarget.value })} />
  );
}

function Theme() {
  const [theme, set] = useState(document.documentElement.dataset.theme ?? "");
  const dark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  return (
    <button type="button" class="quiet no-print" aria-label={dark ? "Light colours" : "Dark colours"} onClick={() => {
      const next = dark ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      set(next);
    }}>{dark ? "☀" : "☾"}</button>
  );
}
