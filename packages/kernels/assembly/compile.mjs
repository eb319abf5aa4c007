// Compiles the functions over arrays. Their memory grows to a few blocks of matrices, whatever the size of these is.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "kernels.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "2"],
});
