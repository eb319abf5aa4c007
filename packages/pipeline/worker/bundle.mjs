// Bundles worker/entry.ts and all it imports into one function that needs nothing of its module, src/decode-worker.generated.ts: its
// text is a worker's script, which needs no file that a bundler would have to find, and pages can call it as well.

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
  `// @ts-nocheck
// Made by worker/bundle.mjs from worker/entry.ts.
import type { BundledDecoders } from "./decoders";
export function bundledDecoders(): BundledDecoders {
let given;
const give = (decoders) => { given = decoders; };
${text}return given;
}
`,
);
console.log(`decoders: ${text.length} characters`);
