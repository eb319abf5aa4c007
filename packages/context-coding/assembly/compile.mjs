// Compiles both directions to one module: all but the coder's step is the same code. Its memory grows with the columns of a
// matrix and the bytes of its stream.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "kernels.ts",
  target: "src/kernels.generated.ts",
  options: ["--initialMemory", "2"],
});
