// The frame of the page: what it is about, views, builds, search, theme; the lines of the log below.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Log, Page } from "../contract";
import { FromLine } from "../parts/small";
import { LogLines } from "../parts/LogLines";
import { at, go, useRoute, type Route } from "../route";
import { BuildTime } from "./BuildTime";
import { Facts } from "./Facts";
import { LogView } from "./LogView";

export function App({ page }: { page: Page }) {
  const route = useRoute();
  const log = page.logs[at(route.log, 0)] ?? page.logs[0];
  const line = at(route.line);
  return (
    <>
      <Head page={page} log={log} route={route} />
      <main>
        {log && view(page, log, route)}
      </main>
      <footer>tacticlens {page.version}. This page holds all its data and loads nothing.</footer>
      {line > 0 && page.logs[at(route.lines, 0)] && <LogLines log={page.logs[at(route.lines, 0)]!} line={line} />}
    </>
  );
}

function view(page: Page, log: Log, route: Route) {
  const number = page.logs.indexOf(log);
  if (route.view === "build-time") return <BuildTime log={log} number={number} />;
  if (route.view === "facts") return <Facts log={log} number={number} />;
  return <LogView log={log} route={route} />;
}

function Head({ page, log, route }: { page: Page; log: Log | undefined; route: Route }) {
  const views = [["", "Engine"], ["build-time", "Build time"], ["facts", "Log"]] as const;
  return (
    <header class="page-head">
      <div class="page-title">
        <h1 title={page.title}>{page.title.split(/[/\\]/).pop()}</h1>
        <nav aria-label="Views" class="no-print">
          {views.map(([name, title]) => (
            <a key={name} href={`#view=${name}`} aria-current={(route.view ?? "") === name ? "page" : undefined}
              onClick={(event) => { event.preventDefault(); go({ view: name }); }}>{title}</a>
          ))}
        </nav>
        <span class="spring" />
        {log && log.engines.length > 1 && (
          <label class="no-print">build <select value={route.engine ?? "0"} onChange={(event) => go({ engine: event.currentTarget.value, layer: null, finding: null })}>
            {log.engines.map((engine, number) => <option key={number} value={number}>{engine.label}</option>)}
          </select></label>
        )}
        <Search route={route} />
        <Theme />
      </div>
      {log && (
        <ul class="page-facts">
          {log.facts.map((fact) => (
            <li key={fact.label}><span class="dim">{fact.label}</span> <FromLine line={fact.line}>{fact.value}</FromLine></li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Search({ route }: { route: Route }) {
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
    <input class="search no-print" ref={box} type="search" placeholder="layer, node, kernel  ( / )" aria-label="Search layers, ONNX nodes and kernels"
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
