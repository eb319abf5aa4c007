import type { ShapedArray } from "@deep-compression/inference";
import { readNpy, writeNpy } from "@deep-compression/model-io";
import { floatTensor, numericValues } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import type { Command } from "commander";
import { doing } from "./failure";
import { readInput } from "./input-file";
import { collect, inputPaths } from "./named-inputs";
import { openSession } from "./open-session";
import { fileNamed } from "./option-values";
import { assertWritable, writeAtomically } from "./output-file";
import { printJson, shortName, type Terminal } from "./terminal";

interface RunOptions {
  readonly input: readonly string[];
  readonly output?: string;
  readonly json?: true;
}

/** Adds the command `run`. */
export function addRun(program: Command, terminal: Terminal): void {
  program
    .command("run")
    .summary("run a .dcz file on an array")
    .description("Runs the network of a .dcz file, straight from its stored weights, on a batch of any size.")
    .argument("<file>", "a .dcz file")
    .requiredOption("--input <array>", "x.npy, or name=x.npy once for each input", collect)
    .option("-o, --output <array>", "write the output as .npy", fileNamed(".npy"))
    .option("--json", "print the outputs as JSON, row-major")
    .action((file: string, options: RunOptions) => runRun(file, options, terminal));
}

async function runRun(file: string, { input, output, json }: RunOptions, terminal: Terminal): Promise<void> {
  if (output !== undefined) await assertWritable(output, [file]);
  const session = await openSession(file, terminal);
  const paths = await doing(`run ${quoted(file)}`, () => inputPaths(session.inputs, input));
  if (output !== undefined) await assertWritable(output, [...paths.values()]);
  const inputs = new Map<string, ShapedArray>();
  for (const [name, path] of paths) inputs.set(name, await readInput(path, arrayOf));
  const outputs = await doing(`run ${quoted(file)}`, () => session.run(Object.fromEntries(inputs)));
  if (output !== undefined) await writeOutput(output, outputs);
  if (json) {
    const arrays = Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape, data: [...data] }]);
    return printJson(terminal.out, { outputs: Object.fromEntries(arrays) });
  }
  for (const [name, value] of Object.entries(outputs)) terminal.out(outputText(name, value));
  if (output !== undefined) terminal.out(`wrote ${output}\n`);
}

function arrayOf(bytes: Uint8Array): ShapedArray {
  const tensor = readNpy(bytes);
  return { shape: tensor.shape, data: numericValues(tensor) };
}

async function writeOutput(path: string, outputs: Readonly<Record<string, ShapedArray>>): Promise<void> {
  const [first, ...others] = Object.entries(outputs);
  if (first === undefined || others.length > 0)
    throw new Error(
      `cannot write ${quoted(path)}: the network has ${others.length + (first ? 1 : 0)} outputs; use --json`,
    );
  const [name, { shape, data }] = first;
  await writeAtomically(path, writeNpy(floatTensor(name, shape, data)));
}

const MOST_ROWS = 10;
const MOST_COLUMNS = 16;

/** The first rows of an output. */
function outputText(name: string, { shape, data }: ShapedArray): string {
  const [rows = 1] = shape;
  const columns = rows === 0 ? 0 : data.length / rows;
  const lines = Array.from({ length: Math.min(rows, MOST_ROWS) }, (_, row) => {
    const values = [...data.subarray(row * columns, row * columns + Math.min(columns, MOST_COLUMNS))];
    return `${values.map((value) => value.toPrecision(6)).join(" ")}${columns > MOST_COLUMNS ? " ..." : ""}\n`;
  });
  const more = rows > MOST_ROWS ? `... ${rows - MOST_ROWS} more rows\n` : "";
  return `${shortName(name)} ${shapeText(shape)}\n${lines.join("")}${more}`;
}
