// Compiles the loops over symbols: counting, encoding and decoding a chunk in a small memory of its own.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../bits/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "kernels.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "16"],
});
