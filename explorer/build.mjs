// Bundles the page into one file: tacticlens/report/page.html. `--check` only compares it with the file there.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const target = new URL("../tacticlens/report/page.html", import.meta.url);

async function bundle(entry, loaders = {}, plugins = []) {
  const made = await build({
    entryPoints: [new URL(entry, import.meta.url).pathname],
    bundle: true, minify: true, write: false, format: "iife", target: "es2022", charset: "utf8",
    legalComments: "none", jsx: "automatic", jsxImportSource: "preact", loader: loaders, plugins,
  });
  return made.outputFiles[0].text.trim();
}

// the worker lays out graphs; it is a text in the page, started from a blob, since the page opens from disk
const worker = await bundle("src/graph/worker.ts");
const inlined = {
  name: "worker-text",
  setup(b) {
    b.onResolve({ filter: /^worker-text$/ }, () => ({ path: "worker-text", namespace: "worker" }));
    b.onLoad({ filter: /.*/, namespace: "worker" }, () => ({ contents: worker, loader: "text" }));
  },
};
const script = (await bundle("src/main.tsx", {}, [inlined])).replaceAll("</script", "<\\/script");
const style = await bundle("src/style.css", { ".css": "css" });
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = [
  "default-src 'none'", `script-src ${hash(script)}`, `style-src ${hash(style)}`, "worker-src blob:",
  "img-src data:", "base-uri 'none'", "form-action 'none'",
].join("; ");
const shell = await readFile(new URL("src/shell.html", import.meta.url), "utf8");
// functions as replacements: a text with `$&` in it must stay as it is
const page = shell.replace("<!--policy-->", () => policy).replace("/*style*/", () => style)
  .replace("/*script*/", () => script);

if (process.argv.includes("--check")) {
  const there = await readFile(target, "utf8").catch(() => "");
  if (there !== page) {
    console.error("tacticlens/report/page.html is not what explorer/ builds; run: bash scripts/build_explorer.sh");
    process.exit(1);
  }
} else {
  await writeFile(target, page);
  console.log(`tacticlens/report/page.html: ${(page.length / 1000).toFixed(0)} kB`);
}
