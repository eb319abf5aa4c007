// Compiles assembly/scan.ts, which scans blocks of float32 weights. Its memory is a page of stack and data, one of input
// and two of output.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../bits/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "scan.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "4", "--maximumMemory", "4"],
});
