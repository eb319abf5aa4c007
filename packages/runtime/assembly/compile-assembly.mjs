// Compiles AssemblyScript to WebAssembly and writes it to a TypeScript file that `npm run build` and the tests import.
// Packages with an assembly/ folder call it from their `generate` script. The module is written in hexadecimal: longer than
// base64, but a web server's gzip finds what recurs in it, and makes it a quarter smaller.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import asc from "assemblyscript/asc";

const COMMON = [
  "-O3",
  "--converge",
  "--noAssert",
  "--runtime",
  "stub",
  "--enable",
  "simd,bulk-memory",
  "--use",
  "abort=",
];

/**
 * @param {{ folder: string, entry: string, target: string, options?: string[] }} job `entry` lies in `folder`/assembly,
 * `target` is a path from `folder`; it will export `KERNELS_HEX`
 */
export async function compileAssembly({ folder, entry, target, options = [] }) {
  let binary;
  const base = ["--baseDir", join(folder, "assembly"), "--outFile", "kernels.wasm"];
  const { error, stderr } = await asc.main([entry, ...base, ...COMMON, ...options], {
    writeFile: (_name, contents) => {
      binary = contents;
    },
  });
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const hex = Buffer.from(binary).toString("hex");
  const text = `// Made by compile-assembly.mjs from assembly/${entry}.\nexport const KERNELS_HEX =\n  "${hex}";\n`;
  await writeFile(join(folder, target), text);
  console.log(`${target}: ${binary.length} bytes of WebAssembly`);
}
