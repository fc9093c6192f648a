// Bundles the GraphiQL page into the folder given as the first argument (default: dist), with every asset already gzipped.
// It names no outside address: the editor's workers and its icon font are part of the bundle, web fonts are left out.

import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const out = path.resolve(process.argv[2] ?? "dist");
// Where the server mounts the assets; crates/server/src/graphiql.rs serves the same path.
const assets = "/graphiql/assets/";

const common = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  target: ["chrome111", "firefox115", "safari16.4"],
  legalComments: "none",
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"' },
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
};

/// Monaco's own style sheets come a second time inside GraphiQL's, and GraphiQL's brings 33 web fonts of 400 kB as data:
/// addresses. The reader's system has fonts; only Monaco's icon font is kept.
const leanStyles = {
  name: "lean-styles",
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "css" }));
    bundler.onLoad({ filter: /[\\/]graphiql[\\/]dist[\\/]style\.css$/ }, ({ path: file }) => {
      const whole = readFileSync(file, "utf8");
      const lean = whole
        .replace(/@font-face\s*{\s*font-family:\s*["']?(?:Roboto|Fira Code)["']?\s*;[^}]*}/g, "")
        .replace(/(--font-family:\s*"Roboto",)/g, "$1 system-ui,")
        .replace(/(--font-family-mono:\s*"Fira Code",)/g, "$1 ui-monospace,");
      if (!lean.includes("codicon") || !lean.includes(".monaco-editor")) {
        throw new Error("GraphiQL's style sheet no longer carries Monaco's: link Monaco's own in build.mjs");
      }
      return { contents: lean, loader: "css" };
    });
  },
};

function nameOf(result, entry) {
  const found = Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(entry));
  if (!found) throw new Error(`esbuild made no file of ${entry}`);
  return path.basename(found[0]);
}

const workerEntries = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};
const workers = await build({ ...common, format: "iife", entryPoints: Object.values(workerEntries) });
const workerAddresses = Object.fromEntries(
  Object.entries(workerEntries).map(([label, entry]) => [label, assets + nameOf(workers, entry)]),
);

const page = await build({
  ...common,
  format: "esm",
  splitting: true,
  jsx: "automatic",
  loader: { ".ttf": "file" },
  publicPath: assets,
  define: { ...common.define, WORKER_ADDRESSES: JSON.stringify(workerAddresses) },
  entryPoints: ["src/main.jsx"],
  plugins: [leanStyles],
});
const script = nameOf(page, "src/main.jsx");
const style = path.basename(
  Object.values(page.metafile.outputs).find((output) => output.entryPoint?.endsWith("src/main.jsx")).cssBundle,
);

rmSync(out, { recursive: true, force: true });
mkdirSync(path.join(out, "assets"), { recursive: true });
let plain = 0;
let packed = 0;
const linked = new Set([script, style, ...reachable(page, "src/main.jsx"), ...Object.values(workerAddresses).map((a) => path.basename(a))]);
for (const file of [...workers.outputFiles, ...page.outputFiles]) {
  // A style sheet that no page links (esbuild makes one for each dynamic import) is not worth embedding.
  if (!linked.has(path.basename(file.path))) continue;
  const gzipped = gzipSync(file.contents, { level: 9 });
  plain += file.contents.length;
  packed += gzipped.length;
  writeFileSync(path.join(out, "assets", `${path.basename(file.path)}.gz`), gzipped);
}
const html = readFileSync("index.html", "utf8")
  .replace("%SCRIPT%", assets + script)
  .replace("%STYLE%", assets + style);
writeFileSync(path.join(out, "index.html"), html);
console.log(`${linked.size} assets, ${plain} bytes, ${packed} gzipped`);

/// Every script that the entry can come to load, at once or later.
function reachable(result, entry) {
  const outputs = result.metafile.outputs;
  const start = Object.keys(outputs).find((name) => outputs[name].entryPoint?.endsWith(entry));
  const seen = new Set([start]);
  for (const name of seen) {
    for (const imported of outputs[name].imports) {
      if (!imported.external && !imported.path.endsWith(".css")) seen.add(imported.path);
    }
  }
  return [...seen].map((name) => path.basename(name));
}
