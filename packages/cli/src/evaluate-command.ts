import type { Session, ShapedArray } from "@deep-compression/inference";
import { type Images, readIdxImages, readIdxLabels } from "@deep-compression/model-io";
import { quoted, shapeText } from "@deep-compression/runtime";
import type { Command } from "commander";
import { doing } from "./failure";
import { readInput } from "./input-file";
import { openSession } from "./open-session";
import { printJson, type Terminal } from "./terminal";

interface EvaluateOptions {
  readonly images: string;
  readonly labels: string;
  readonly json?: true;
}

/** Adds the command `evaluate`. */
export function addEvaluate(program: Command, terminal: Terminal): void {
  program
    .command("evaluate")
    .summary("measure the error of a .dcz file on labelled images")
    .description(
      "Runs the network of a .dcz file on images (pixels / 255) and counts those whose largest output is not the label.",
    )
    .argument("<file>", "a .dcz file")
    .requiredOption("--images <idx>", "images in IDX format, such as t10k-images.idx")
    .requiredOption("--labels <idx>", "their labels in IDX format")
    .option("--json", "print the figures as JSON")
    .action((file: string, options: EvaluateOptions) => runEvaluate(file, options, terminal));
}

async function runEvaluate(file: string, options: EvaluateOptions, terminal: Terminal): Promise<void> {
  const session = await openSession(file, terminal);
  const images = await readInput(options.images, readIdxImages);
  const labels = await readInput(options.labels, readIdxLabels);
  const start = performance.now();
  const errors = await doing(`evaluate ${quoted(file)}`, () => countErrors(session, images, labels));
  const seconds = (performance.now() - start) / 1000;
  const errorPercent = (100 * errors) / images.count;
  if (options.json) return printJson(terminal.out, { file, images: images.count, errors, errorPercent, seconds });
  terminal.out(`${file}: ${errors} of ${images.count} wrong, ${errorPercent.toFixed(2)} % (${seconds.toFixed(1)} s)\n`);
}

/** Images at once: bounds the memory of their float32 pixels. */
const BATCH_SIZE = 1000;

function countErrors(session: Session, images: Images, labels: Uint8Array): number {
  const { count, rows, columns, pixels } = images;
  if (labels.length !== count)
    throw new Error(`there are ${count} images but ${labels.length} labels; take files that match`);
  if (count === 0) throw new Error("there are no images; take files with some");
  const [input, ...others] = session.inputs;
  const [output] = session.outputs;
  const [, ...item] = input?.shape ?? [];
  const size = rows * columns;
  if (
    !input ||
    !output ||
    others.length > 0 ||
    item.reduce<number>((product, dimension) => product * Number(dimension), 1) !== size
  )
    throw new Error(`images of ${rows}x${columns} do not fit the network's input [N,${item}]`);
  let errors = 0;
  for (let first = 0; first < count; first += BATCH_SIZE) {
    const batch = pixels.subarray(first * size, Math.min(count, first + BATCH_SIZE) * size);
    const length = batch.length / size;
    const data = Float32Array.from(batch, (pixel) => pixel / 255);
    const scores = session.run({ [input.name]: { shape: [length, ...item.map(Number)], data } });
    errors += wrongOnes(scores[output.name]!, labels.subarray(first, first + length));
  }
  return errors;
}

function wrongOnes({ shape, data }: ShapedArray, labels: Uint8Array): number {
  const [, classes = 0] = shape;
  if (shape.length !== 2) throw new Error(`expected scores [N,classes] of the network, got ${shapeText(shape)}`);
  let wrong = 0;
  labels.forEach((label, row) => {
    if (label >= classes) throw new Error(`label ${label} is beyond the network's ${classes} classes`);
    const scores = data.subarray(row * classes, (row + 1) * classes);
    if (scores.some(Number.isNaN) || scores.indexOf(Math.max(...scores)) !== label) wrong++;
  });
  return wrong;
}
