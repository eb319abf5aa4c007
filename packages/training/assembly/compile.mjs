// Compiles assembly/program.ts to WebAssembly and writes it, as base64, to src/kernels.generated.ts.

import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const folder = dirname(fileURLToPath(import.meta.url));
const { error, stderr, binary } = await compile();
if (error) {
  console.error(stderr.toString());
  process.exit(1);
}
const base64 = Buffer.from(binary).toString("base64");
const target = join(folder, "../src/kernels.generated.ts");
await writeFile(
  target,
  `// Made by assembly/compile.mjs from assembly/*.ts.\nexport const kernelsBase64 =\n  "${base64}";\n`,
);
console.log(`kernels: ${binary.length} bytes of WebAssembly`);

async function compile() {
  let binary;
  const options = [
    "program.ts",
    "--baseDir",
    folder,
    "--outFile",
    "kernels.wasm",
    "-O3",
    "--converge",
    "--noAssert",
    "--runtime",
    "stub",
    "--importMemory",
    "--sharedMemory",
    "--initialMemory",
    "16",
    "--maximumMemory",
    "65536",
    "--enable",
    "simd,threads,bulk-memory",
    "--use",
    "abort=",
  ];
  const result = await asc.main(options, {
    writeFile: (_name, contents) => {
      binary = contents;
    },
  });
  return { ...result, binary };
}
