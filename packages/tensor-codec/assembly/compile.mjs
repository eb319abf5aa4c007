// Compiles assembly/planes.ts, which decodes planes and joins them. Its memory is a page of stack and data and what planes.ts lays
// out behind it: a section, the planes of a chunk and its elements.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "planes.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "30", "--maximumMemory", "30"],
});
