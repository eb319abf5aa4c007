// Makes the interpreter's dispatch of the table of operations, and compiles assembly/program.ts, the interpreter of
// training programs, for memory that threads share.

import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { compileAssembly } from "../../runtime/assembly/compile-assembly.mjs";

const here = new URL(".", import.meta.url);
const TYPES = { address: "usize", integer: "i32", float: "f32", step: "i32", control: "usize" };

/** What a TypeScript file of this folder exports. */
async function exportsOf(name) {
  const { code } = await transform(await readFile(new URL(name, here), "utf8"), { loader: "ts" });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const { OPERATIONS } = await exportsOf("operations.ts");
const { INSTRUCTION_WORDS } = await exportsOf("words.ts");

/** Loops of all packages; the module is this one's, over memory that threads share. */
const SHARED = ["gemm", "planes"].map((name) => `../../kernels/assembly/${name}.ts`);
const own = (await readdir(here)).filter((name) => name.endsWith(".ts") && name !== "dispatch.generated.ts");
const names = [...own.map((name) => `./${name}`), ...SHARED];
const sources = await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, here), "utf8")]));

/** The file of the kernel that carries an operation out; its parameters must be the table's operands. */
function fileOf(operation, operands) {
  const parameters = operands.map(([name, kind]) => `${name}: ${TYPES[kind]}`);
  const signature = `export function ${operation}(${parameters.join(", ")}): void {`;
  const found = sources.find(([, text]) => text.includes(signature));
  if (!found) throw new Error(`neither a file of assembly/ nor ${SHARED.join(", ")} has "${signature}"`);
  return found[0].slice(0, -".ts".length);
}

const imports = [];
const cases = [];
for (const [opcode, [operation, table]] of Object.entries(OPERATIONS).entries()) {
  const operands = Object.entries(table);
  imports.push(`import { ${operation} } from "${fileOf(operation, operands)}";`);
  let word = 1;
  const values = operands.map(([, kind]) =>
    kind === "step" || kind === "control" ? kind : `load<${TYPES[kind]}>(p, ${4 * word++})`,
  );
  if (word > INSTRUCTION_WORDS) throw new Error(`${operation}: expected at most ${INSTRUCTION_WORDS - 1} operands`);
  cases.push(`    case ${opcode}: ${operation}(${values.join(", ")}); break;`);
}
const dispatch = [
  "// Made by compile.mjs from operations.ts.",
  ...imports,
  "export function execute(p: usize, control: usize, step: i32): void {",
  "  switch (load<i32>(p)) {",
  ...cases,
  "    default: unreachable();",
  "  }",
  "}",
  "",
].join("\n");
await writeFile(new URL("dispatch.generated.ts", here), dispatch);

await compileAssembly({
  folder: fileURLToPath(new URL("..", here)),
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
