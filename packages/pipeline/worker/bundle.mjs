// Bundles each entry and all it imports into text that needs nothing of its module, src/*.generated.ts: a worker's script, which needs
// no file that a bundler would have to find. That of entry.ts is a function, which pages can call as well.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [path(entry)],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    conditions: ["@deep-compression/source"],
    write: false,
  });
  const { text } = outputFiles[0];
  console.log(`${entry}: ${text.length} characters`);
  return text;
}

await writeFile(
  path("../src/decode-worker.generated.ts"),
  `// @ts-nocheck
// Made by worker/bundle.mjs from worker/entry.ts.
import type { BundledDecoders } from "./decoders";
export function bundledDecoders(): BundledDecoders {
let given;
const give = (decoders) => { given = decoders; };
${await bundled("entry.ts")}return given;
}
`,
);
const script = `const give = (answer) => serve(() => answer);\n${await bundled("encode-entry.ts")}`;
await writeFile(
  path("../src/encode-worker.generated.ts"),
  `// Made by worker/bundle.mjs from worker/encode-entry.ts.
export const ENCODE_WORKER: string =
  ${JSON.stringify(script)};
`,
);
