import { elementCount, fromFloat16 } from "@deep-compression/bits";
import { readNpy } from "@deep-compression/model-io";
import type { Tensor } from "@deep-compression/network";
import { quoted, quotedList } from "@deep-compression/runtime";
import type { Command } from "commander";
import { castArrays } from "./calibration-arrays";
import { feedsOf, runsOf } from "./compare-inputs";
import { doing, reasonOf } from "./failure";
import { readInput } from "./input-file";
import { itemsOf } from "./item-batches";
import { type LayerDifference, layerDifferences } from "./layer-differences";
import { collect, inputPaths } from "./named-inputs";
import { onnxBytesOf } from "./onnx-bytes";
import { inputsOf, loadOnnxRuntime, type OnnxRuntime, type RuntimeSession, type RuntimeTensor } from "./onnxruntime";
import { onnxRuntimeExecutor } from "./onnxruntime-executor";
import { fileNamed } from "./option-values";
import {
  addDifference,
  type DifferenceSums,
  differenceOf,
  NO_DIFFERENCE,
  type OutputDifference,
  type OutputValues,
} from "./output-difference";
import { runnableFile } from "./runnable-file";
import { grouped, printable, printJson, shortName, type Terminal } from "./terminal";
import { textTable } from "./text-table";
import { inputsOfGraph } from "./whole-network";

interface CompareOptions {
  readonly inputs?: readonly string[];
  readonly json?: true;
}

const HOW_TO_MAKE_ARRAYS =
  'give arrays to run on with --inputs x.npy: in Python, np.save("x.npy", array); in JavaScript, writeNpy of @deep-compression/model-io';

/** Adds the command `compare`. */
export function addCompare(program: Command, terminal: Terminal): void {
  const kind = fileNamed(".onnx", ".dcz", ".json");
  const command: Command = program
    .command("compare")
    .summary("compare the outputs of two models on real input")
    .description(
      "Runs two models, each an .onnx or a .dcz file or the model.json of TensorFlow.js, in onnxruntime on the same arrays, and says how far the outputs of the second are from those of the first. An input whose first dimension is fixed takes arrays of several times that size, one after the other.",
    )
    .argument("<model>", "the model to compare with", kind)
    .argument("<other>", "another form of it", kind)
    .option("--inputs <array>", "x.npy for the first input, or name=x.npy once for each", collect)
    .option("--json", "print the differences as JSON")
    .action((model: string, other: string, options: CompareOptions) => {
      if (!options.inputs) return command.error(HOW_TO_MAKE_ARRAYS);
      return runCompare([model, other], options.inputs, { terminal, json: options.json });
    });
}

async function runCompare(
  files: readonly [string, string],
  inputs: readonly string[],
  { terminal, json }: { readonly terminal: Terminal; readonly json?: true },
): Promise<void> {
  const runtime = await doing(`compare ${quoted(files[0])} with ${quoted(files[1])}`, loadOnnxRuntime);
  const models = [await openInRuntime(runtime, files[0]), await openInRuntime(runtime, files[1])] as const;
  const arrays = await readArrays(models[0], inputs);
  const { runs, outputs } = await compareOutputs(runtime, models, arrays);
  for (const { session } of models) await session.release?.();
  const isOff = outputs.some(([, { relativeError }]) => relativeError !== 0);
  const layers = isOff ? await comparedLayers(files, arrays, { terminal, runtime }) : [];
  if (json) {
    const found = { model: files[0], other: files[1], runs, outputs: Object.fromEntries(outputs) };
    return printJson(terminal.out, { ...found, ...(layers instanceof Error ? {} : { layers }) });
  }
  terminal.out(differenceTable(outputs));
  terminal.out(`${runs} ${runs === 1 ? "run" : "runs"} of each; errors are of ${files[1]}, relative to ${files[0]}\n`);
  if (isOff) terminal.out(layersLine(layers));
}

/** The layers of both models compared; the error that says why not where they cannot be. */
async function comparedLayers(
  [model, other]: readonly [string, string],
  arrays: ReadonlyMap<string, Tensor>,
  { terminal, runtime }: { readonly terminal: Terminal; readonly runtime: OnnxRuntime },
): Promise<readonly LayerDifference[] | Error> {
  try {
    const networks = [await runnableFile(model, terminal), await runnableFile(other, terminal)] as const;
    const inputs = inputsOfGraph(networks[0]);
    const items = itemsOf(castArrays(inputs, arrays), inputs);
    const batches = items.batches(Array.from({ length: items.count }, (_, item) => item));
    return await layerDifferences(networks, batches, onnxRuntimeExecutor(runtime));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Layers that are off by more than this are named, */
const PARTED = 0.01;
/** the first so many. */
const MOST_LAYERS = 5;

function layersLine(layers: readonly LayerDifference[] | Error): string {
  if (layers instanceof Error) return `layers were not compared: ${reasonOf(layers)}\n`;
  if (layers.length === 0) return "layers were not compared: the models have none in common\n";
  const named = ({ op, value, relativeError }: LayerDifference) =>
    `${op} ${shortName(value)} ${significant(100 * relativeError)} %`;
  const parted = layers.filter(({ relativeError }) => !(relativeError <= PARTED));
  if (parted.length > 0) {
    const first = parted.slice(0, MOST_LAYERS).map(named).join(", ");
    return `off by more than 1 %: ${grouped(parted.length)} of ${grouped(layers.length)} layers, the first ${first}\n`;
  }
  const worst = layers.reduce((most, layer) => (layer.relativeError > most.relativeError ? layer : most));
  return `no layer is off by more than 1 %; the worst: ${named(worst)}\n`;
}

/** A model as onnxruntime has opened it. */
interface Opened {
  readonly file: string;
  readonly session: RuntimeSession;
}

/** An .onnx file is opened by its name, so that onnxruntime finds the files beside it that hold its tensors. */
async function openInRuntime({ InferenceSession }: OnnxRuntime, file: string): Promise<Opened> {
  const options = { logSeverityLevel: 3 } as const;
  const isOnnx = file.toLowerCase().endsWith(".onnx");
  const bytes = isOnnx ? undefined : await onnxBytesOf(file);
  const session = await doing(`open ${quoted(file)} in onnxruntime`, () =>
    bytes ? InferenceSession.create(bytes, options) : InferenceSession.create(file, options),
  );
  return { file, session };
}

async function readArrays({ file, session }: Opened, inputs: readonly string[]): Promise<ReadonlyMap<string, Tensor>> {
  const paths = await doing(`run ${quoted(file)}`, () => inputPaths(inputsOf(session), inputs));
  const arrays = new Map<string, Tensor>();
  for (const [name, path] of paths) arrays.set(name, await readInput(path, (bytes) => readNpy(bytes, { name })));
  return arrays;
}

/** Both run one after the other on the same arrays, so that the outputs of one run alone are in memory. */
async function compareOutputs(
  runtime: OnnxRuntime,
  [model, other]: readonly [Opened, Opened],
  arrays: ReadonlyMap<string, Tensor>,
) {
  const runs = await doing(`run ${quoted(model.file)}`, () => runsOf(arrays, inputsOf(model.session)));
  const sums = new Map<string, DifferenceSums>();
  for (const run of runs) {
    const outputsOf = ({ file, session }: Opened) =>
      doing(`run ${quoted(file)}`, () => session.run(feedsOf(runtime, run, inputsOf(session))));
    const [ours, theirs] = [await outputsOf(model), await outputsOf(other)];
    for (const name of model.session.outputNames) {
      const add = () => addDifference(sums.get(name) ?? NO_DIFFERENCE, values(ours, name), values(theirs, name));
      sums.set(name, await doing(`compare output ${quoted(name)}`, add));
    }
  }
  const outputs = [...sums].map(([name, sum]) => [name, differenceOf(sum)] as const);
  return { runs: runs.length, outputs };
}

function values(outputs: Readonly<Record<string, RuntimeTensor>>, name: string): OutputValues {
  const output = outputs[name];
  if (!output)
    throw new Error(`the second model has no such output; its outputs are ${quotedList(Object.keys(outputs))}`);
  const { type, dims: shape, data } = output;
  if (type === "string") throw new Error("it holds strings, which have no distance");
  const number = type === "float16" && data instanceof Uint16Array ? fromFloat16 : Number;
  return { shape, values: Float64Array.from({ length: elementCount(shape) }, (_, i) => number(Number(data[i]))) };
}

function differenceTable(outputs: readonly (readonly [string, OutputDifference])[]): string {
  const head = ["output", "shape", "values", "relative error", "largest difference", "cosine", "top-1 the same"];
  return textTable(
    head,
    outputs.map(([name, { shape, values, relativeError, largestDifference, cosine, top1 }]) => [
      printable(name),
      shape.join("x"),
      grouped(values),
      `${significant(100 * relativeError)} %`,
      significant(largestDifference),
      cosine.toFixed(6),
      top1 ? `${significant((100 * top1.same) / top1.rows)} % of ${grouped(top1.rows)}` : "-",
    ]),
  );
}

/** Three digits are as many as anyone compares. */
function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}
