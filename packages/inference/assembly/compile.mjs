// Compiles the loops over a session's heap.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "kernels.ts",
  target: "src/kernels.generated.ts",
  options: ["--importMemory", "--zeroFilledMemory", "--initialMemory", "2"],
});
