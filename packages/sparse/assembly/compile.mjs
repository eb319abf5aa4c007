// Compiles assembly/floats.ts, which goes through blocks of float32 weights. Its memory is a page of stack and data, one of input
// and two of output.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "floats.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "4", "--maximumMemory", "4"],
});
