// Compiles the loops over symbols to two modules, so that whoever only decodes need not bundle the other. Each has a memory of
// its own, of 10 pages or 12, into which chunks are copied.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
for (const name of ["decode", "encode"]) {
  await compileAssembly({
    folder,
    entry: `${name}-kernels.ts`,
    target: `src/${name}-kernels.generated.ts`,
    options: ["--initialMemory", name === "decode" ? "10" : "12"],
  });
}
