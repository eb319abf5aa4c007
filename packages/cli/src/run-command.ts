import { arrayOfTensor, type Session, type ShapedArray, tensorOfArray } from "@deep-compression/inference";
import { writeNpy } from "@deep-compression/model-io";
import { quoted, quotedList, shapeText } from "@deep-compression/runtime";
import type { Command } from "commander";
import { inputArrays } from "./calibration-arrays";
import { addPictureOptions } from "./calibration-options";
import { doing } from "./failure";
import { collect, inputPaths } from "./named-inputs";
import { type SessionOptions, threadsOption, withSession } from "./open-session";
import { assertWritable, writeAllAtomically } from "./output-file";
import type { PictureOptions } from "./pictures";
import { printJson, shortName, type Terminal } from "./terminal";

interface RunOptions extends PictureOptions, SessionOptions {
  readonly input: readonly string[];
  readonly output?: readonly string[];
  readonly json?: true;
}

/** Adds the command `run`. */
export function addRun(program: Command, terminal: Terminal): void {
  const command = program
    .command("run")
    .summary("run a .dcz file on an array")
    .description(
      "Runs the network of a .dcz file, straight from its stored weights. The first axis of an input may be of any size, as far as its graph allows.",
    )
    .argument("<file>", "a .dcz file")
    .requiredOption(
      "--input <array>",
      "x.npy, a folder of pictures or .wav files, or name=x.npy once for each input",
      collect,
    )
    .option("-o, --output <array>", "write the output as .npy: y.npy, or name=y.npy once for each", collect);
  addPictureOptions(command);
  command
    .addOption(threadsOption())
    .option("--json", "print the outputs as JSON, row-major")
    .action((file: string, options: RunOptions) => runRun(file, options, terminal));
}

async function runRun(file: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const { input, output = [] } = options;
  // What can be told before the file is read; names of outputs cannot.
  for (const path of output.filter(isPath)) await assertWritable(path, [file, ...input.filter(isPath)]);
  await withSession(file, terminal, options, (session) => runIn(session, file, options, terminal));
}

async function runIn(session: Session, file: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const { input, output = [], json } = options;
  const given = await doing(`run ${quoted(file)}`, () => inputPaths(session.inputs, input));
  const written = await doing(`run ${quoted(file)}`, () => outputPaths(session.outputs, output));
  for (const path of written.values()) await assertWritable(path, [file, ...given.values()]);
  const arrays = await inputArrays(session.inputs, input, options);
  const inputs = [...arrays].map(([name, tensor]) => [name, arrayOfTensor(tensor)] as const);
  const outputs = await doing(`run ${quoted(file)}`, () => session.run(Object.fromEntries(inputs)));
  await writeAllAtomically(
    [...written].map(([name, path]) => ({ path, content: writeNpy(tensorOfArray(name, outputs[name]!)) })),
  );
  if (json) {
    const printed = Object.entries(outputs).map(([name, { shape, data }]) => [name, { shape, data: numbersOf(data) }]);
    return printJson(terminal.out, { outputs: Object.fromEntries(printed) });
  }
  for (const [name, value] of Object.entries(outputs)) terminal.out(outputText(name, value));
  for (const path of written.values()) terminal.out(`wrote ${path}\n`);
}

/** Whether a text is surely no `name=path`. */
function isPath(text: string): boolean {
  return !text.includes("=");
}

/** The file of each output that is to be written. @throws Error for a name that no output has, or another kind of file */
function outputPaths(
  outputs: readonly { readonly name: string }[],
  texts: readonly string[],
): ReadonlyMap<string, string> {
  const names = outputs.map(({ name }) => name);
  if (texts.length === 1 && names.length > 1 && !names.some((name) => texts[0]!.startsWith(`${name}=`)))
    throw new Error(
      `the network has ${names.length} outputs, ${quotedList(names)}: give -o name=y.npy once for each, or --json`,
    );
  const paths = inputPaths(outputs, texts, "output");
  const odd = [...paths.values()].find((path) => !path.toLowerCase().endsWith(".npy"));
  if (odd === undefined) return paths;
  throw new Error(`outputs are written as .npy, not as ${quoted(odd)}`);
}

/** Whole numbers beyond 2^53 as text, exactly. */
function numbersOf(data: ShapedArray["data"]): readonly (number | string)[] {
  return Array.from(data as ArrayLike<number | bigint>, (value) =>
    typeof value === "number" || Number.isSafeInteger(Number(value)) ? Number(value) : String(value),
  );
}

const MOST_ROWS = 10;
const MOST_COLUMNS = 16;

/** The first rows of an output. */
function outputText(name: string, { shape, data }: ShapedArray): string {
  const [rows = 1] = shape;
  const columns = rows === 0 ? 0 : data.length / rows;
  const lines = Array.from({ length: Math.min(rows, MOST_ROWS) }, (_, row) => {
    const values = data.subarray(row * columns, row * columns + Math.min(columns, MOST_COLUMNS));
    const texts = Array.from(values as ArrayLike<number | bigint>, (value) =>
      data instanceof Float32Array || data instanceof Float64Array ? Number(value).toPrecision(6) : String(value),
    );
    return `${texts.join(" ")}${columns > MOST_COLUMNS ? " ..." : ""}\n`;
  });
  const more = rows > MOST_ROWS ? `... ${rows - MOST_ROWS} more rows\n` : "";
  return `${shortName(name)} ${shapeText(shape)}\n${lines.join("")}${more}`;
}
