// Compiles the loops over symbols to two modules, so that whoever only decodes need not bundle the other. Each has a memory of
// its own, of less than 10 pages, into which chunks are copied.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../bits/assembly/compile-assembly.mjs";

const folder = fileURLToPath(new URL("..", import.meta.url));
for (const name of ["decode", "encode"]) {
  await compileAssembly({
    folder,
    entry: `${name}-kernels.ts`,
    target: `src/${name}-kernels.generated.ts`,
    options: ["--initialMemory", "10"],
  });
}
