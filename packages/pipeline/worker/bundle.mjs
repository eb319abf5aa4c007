// Bundles worker/entry.ts and all it imports, and writes it as text to src/decode-worker.generated.ts: a worker whose
// source is inlined needs no file that a bundler would have to find.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [path("entry.ts")],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  conditions: ["@deep-compression/source"],
  write: false,
});
const { text } = outputFiles[0];
await writeFile(
  path("../src/decode-worker.generated.ts"),
  `// Made by worker/bundle.mjs from worker/entry.ts.\nexport const DECODE_WORKER_SOURCE = ${JSON.stringify(text)};\n`,
);
console.log(`decode worker: ${text.length} characters`);
