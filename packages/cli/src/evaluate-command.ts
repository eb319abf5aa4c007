import { arrayOfTensor, floatData, type Session, type ShapedArray } from "@deep-compression/inference";
import { type Images, readIdxImages } from "@deep-compression/model-io";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type Command, Option } from "commander";
import { inputArrays } from "./calibration-arrays";
import { addPictureOptions } from "./calibration-options";
import { doing } from "./failure";
import { readInput } from "./input-file";
import { itemsOf } from "./item-batches";
import { labelsOf } from "./labels";
import { collect } from "./named-inputs";
import { type SessionOptions, threadsOption, withSession } from "./open-session";
import type { PictureOptions } from "./pictures";
import { printJson, type Terminal } from "./terminal";

interface EvaluateOptions extends PictureOptions, SessionOptions {
  readonly images?: string;
  readonly input?: readonly string[];
  readonly labels: string;
  readonly json?: true;
}

/** Adds the command `evaluate`. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command("evaluate")
    .summary("measure the error of a .dcz file on labelled items")
    .description("Runs the network of a .dcz file on items and counts those whose largest output is not the label.")
    .argument("<file>", "a .dcz file")
    .addOption(
      new Option("--images <idx>", "images in IDX format, such as t10k-images.idx, as pixels / 255").conflicts("input"),
    )
    .option(
      "--input <array>",
      "or x.npy, a folder of pictures or .wav files, or name=x.npy once for each input",
      collect,
    )
    .requiredOption("--labels <file>", "their labels, in IDX format or as .npy");
  addPictureOptions(command);
  command
    .addOption(threadsOption())
    .option("--json", "print the figures as JSON")
    .action((file: string, options: EvaluateOptions) => {
      if (options.images === undefined && options.input === undefined)
        return command.error("error: give the items: --images or --input");
      return withSession(file, terminal, options, (session) => runEvaluate(session, file, options, terminal));
    });
}

async function runEvaluate(
  session: Session,
  file: string,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<void> {
  const items =
    options.images === undefined
      ? await arrayItems(session, options.input!, options)
      : await imageItems(session, options.images, file);
  if (items.count === 0) throw new Error("there are no items; take files with some");
  const labels = await labelsOf(options.labels, items.count);
  const start = performance.now();
  const errors = await doing(`evaluate ${quoted(file)}`, () => countErrors(session, items, labels));
  const seconds = (performance.now() - start) / 1000;
  const { count } = items;
  const errorPercent = (100 * errors) / count;
  if (options.json) return printJson(terminal.out, { file, images: count, errors, errorPercent, seconds });
  terminal.out(`${file}: ${errors} of ${count} wrong, ${errorPercent.toFixed(2)} % (${seconds.toFixed(1)} s)\n`);
}

/** Labelled items as the inputs of runs. */
interface Items {
  readonly count: number;
  batches(): Iterable<Readonly<Record<string, ShapedArray>>>;
}

async function arrayItems(session: Session, texts: readonly string[], options: PictureOptions): Promise<Items> {
  const { count, batches } = itemsOf(await inputArrays(session.inputs, texts, options), session.inputs);
  return {
    count,
    *batches() {
      for (const batch of batches(Array.from({ length: count }, (_, item) => item)))
        yield Object.fromEntries([...batch].map(([name, tensor]) => [name, arrayOfTensor(tensor)]));
    },
  };
}

/** Images at once: bounds the memory of their float32 pixels. */
const BATCH_SIZE = 1000;

async function imageItems(session: Session, path: string, file: string): Promise<Items> {
  const images = await readInput(path, readIdxImages);
  const { count, rows, columns, pixels } = images;
  const { name, item } = await doing(`evaluate ${quoted(file)}`, () => imageInput(session, images));
  const size = rows * columns;
  return {
    count,
    *batches() {
      for (let first = 0; first < count; first += BATCH_SIZE) {
        const batch = pixels.subarray(first * size, Math.min(count, first + BATCH_SIZE) * size);
        const data = Float32Array.from(batch, (pixel) => pixel / 255);
        yield { [name]: { shape: [batch.length / size, ...item], data } };
      }
    },
  };
}

function imageInput({ inputs }: Session, { rows, columns }: Images) {
  const [input, ...others] = inputs;
  const [, ...sizes] = input?.shape ?? [];
  const item = sizes.map(Number);
  const elements = item.reduce((product, size) => product * size, 1);
  if (input !== undefined && others.length === 0 && elements === rows * columns) return { name: input.name, item };
  throw new Error(`images of ${rows}x${columns} do not fit the network's input [N,${sizes}]`);
}

function countErrors(session: Session, items: Items, labels: Float32Array): number {
  let errors = 0;
  let first = 0;
  for (const batch of items.batches()) {
    const outputs = session.run(batch);
    const scores = outputs[session.outputs[0]?.name ?? ""];
    if (scores === undefined) throw new Error("the network has no output");
    const [rows = 0] = scores.shape;
    errors += wrongOnes(scores, labels.subarray(first, first + rows));
    first += rows;
  }
  return errors;
}

function wrongOnes(output: ShapedArray, labels: Float32Array): number {
  const [, classes = 0] = output.shape;
  if (output.shape.length !== 2)
    throw new Error(`expected scores [N,classes] of the network, got ${shapeText(output.shape)}`);
  const data = floatData(output);
  let wrong = 0;
  for (const [row, label] of labels.entries()) {
    if (label >= classes) throw new Error(`label ${label} is beyond the network's ${classes} classes`);
    const scores = data.subarray(row * classes, (row + 1) * classes);
    if (scores.some(Number.isNaN) || scores.indexOf(Math.max(...scores)) !== label) wrong++;
  }
  return wrong;
}
