// Compiles the loops over a session's heap, a module for those that run together: a bundle has the modules of its operators only. Each
// imports the memory. Addresses are in bytes.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { assemblyText } from "../../runtime/assembly/compile-assembly.mjs";

const MODULES = [
  "coded-columns",
  "convolution",
  "depthwise",
  "elementwise",
  "grouped-product",
  "max-pooling",
  "product",
  "sparse-convolution",
  "sum-pooling",
  "transposed-convolution",
];

const folder = fileURLToPath(new URL("..", import.meta.url));
const options = ["--importMemory", "--noExportMemory", "--zeroFilledMemory", "--initialMemory", "2"];
const lines = ["// Made by compile.mjs from assembly/.", ""];
for (const name of MODULES) {
  const text = await assemblyText({ folder, entry: `${name}.ts`, options });
  const constant = name.replace("-", "_").toUpperCase();
  lines.push(`/** The module of assembly/${name}.ts. */`, `export const ${constant} =`, `  "${text}";`);
}
await writeFile(`${folder}/src/kernels.generated.ts`, `${lines.join("\n")}\n`);
