// Compiles assembly/program.ts, the interpreter of training programs, for memory that threads share.

import { fileURLToPath } from "node:url";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

await compileAssembly({
  folder: fileURLToPath(new URL("..", import.meta.url)),
  entry: "program.ts",
  target: "src/kernels.generated.ts",
  options: [
    "--importMemory",
    "--sharedMemory",
    "--initialMemory",
    "16",
    "--maximumMemory",
    "65536",
    "--enable",
    "threads",
  ],
});
