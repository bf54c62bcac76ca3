// What else the log says: builds, messages, options, memory, the ledger.
import type { Log } from "../contract";
import { GridTable } from "../parts/small";

export function Facts({ log }: { log: Log }) {
  return (
    <div class="facts-view">
      {Object.entries(log.grids).map(([title, grid]) => (
        <section key={title}>
          <h2>{title[0]!.toUpperCase() + title.slice(1)}</h2>
          <GridTable grid={grid} label={title} />
        </section>
      ))}
      <section>
        <h2>Ledger: every line of the log, counted once</h2>
        <GridTable grid={log.ledger} label="ledger" />
      </section>
    </div>
  );
}
