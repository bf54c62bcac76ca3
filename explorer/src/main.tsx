import { render } from "preact";
import { install } from "./colours";
import type { Page } from "./contract";
import { json } from "./data";
import { ms, percent } from "./format";
import { App } from "./views/App";

async function start(): Promise<void> {
  const root = document.getElementById("app");
  if (!root) return;
  try {
    const page = await json<Page>("page");
    install(page.families);
    root.textContent = "";
    render(<App page={page} />, root);
  } catch (error) {
    root.textContent = `The data of this page cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

void start();

// what tests hold against the terminal's numbers
Object.assign(window, { tacticlens: { ms, percent } });
