// Compiles AssemblyScript to WebAssembly and writes it to a TypeScript file that `npm run build` and the tests import.
// Packages with an assembly/ folder call it from their `generate` script. The module is written as text, of which a web
// server's gzip finds what recurs (see src/wasm-module.ts).

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
 * `target` is a path from `folder`; it will export `KERNELS_TEXT`
 */
export async function compileAssembly({ target, ...job }) {
  const comment = `// Made by compile-assembly.mjs from assembly/${job.entry}.`;
  const text = await assemblyText(job);
  await writeFile(join(job.folder, target), `${comment}\nexport const KERNELS_TEXT =\n  "${text}";\n`);
}

/**
 * A module as text.
 *
 * @param {{ folder: string, entry: string, options?: string[] }} job `entry` lies in `folder`/assembly
 */
export async function assemblyText({ folder, entry, options = [] }) {
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
  console.log(`${entry}: ${binary.length} bytes of WebAssembly`);
  return bytesText(binary);
}

/** The mirror of `textBytes` in src/wasm-module.ts. */
export function bytesText(bytes) {
  const character = (digit) => String.fromCharCode(digit + (digit < 57 ? 35 : 36));
  const lead = (above) => (above === 0 ? "" : character(87 + above));
  return Array.from(bytes, (byte) => lead(Math.floor(byte / 88)) + character(byte % 88)).join("");
}
