import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/container";
import { denseWeights, floatData, prepare, type WeightSource } from "@deep-compression/inference";
import { type Graph, shapeOf } from "@deep-compression/network";
import { compress, type Ledger, open } from "@deep-compression/pipeline";
import type { Samples } from "@deep-compression/training";
import { writeAtomically } from "./checkpoint";
import { comparisonTable, signed, type TextTable } from "./comparison";
import { loadMnist } from "./mnist";
import { PAPER } from "./paper";
import type { NetworkName, Scheme } from "./recipe";
import { recipeFor } from "./recipes";
import type { Progress } from "./run";
import { runRecipe } from "./run-recipe";

export interface ReproduceOptions {
  readonly network: NetworkName;
  /** "ours", or "paper" for the paper's own scheme. */
  readonly scheme: Scheme;
  readonly seed: number;
  /** Folder for the results; made if it is missing. */
  readonly out: string;
  readonly onProgress: (progress: Progress) => void;
  /** Whether an interrupted run goes on from its last checkpoint. Default true. */
  readonly resume?: boolean;
  /** Default: all cores, at most 2, so that results repeat from machine to machine. */
  readonly threads?: number;
}

/** The content of `out/<network>.json`. */
export interface ReproduceResult {
  readonly network: NetworkName;
  readonly scheme: Scheme;
  readonly parameters: number;
  /** 4 x parameters. */
  readonly denseBytes: number;
  /** The whole file. */
  readonly fileBytes: number;
  /** denseBytes / fileBytes. */
  readonly ratio: number;
  /** Of the dense network on the 10,000 test images. */
  readonly denseErrorPercent: number;
  /** Of the reopened file on the 10,000 test images. */
  readonly errorPercent: number;
  readonly validationErrorPercent: number;
  readonly seed: number;
  readonly threads: number;
  readonly seconds: number;
  readonly ledger: Ledger;
}

export interface ReproduceReport {
  readonly json: ReproduceResult;
  /** The paper's table beside ours. */
  readonly table: TextTable;
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** Images a run of the network at once. */
const TEST_BATCH = 1000;

function testError(graph: Graph, weights: WeightSource, { inputs, labels }: Samples): number {
  const session = prepare({ graph }, weights);
  const [input, output] = [graph.inputs[0]!, graph.outputs[0]!];
  const size = inputs.length / labels.length;
  let errors = 0;
  for (let first = 0; first < labels.length; first += TEST_BATCH) {
    const expected = labels.subarray(first, first + TEST_BATCH);
    const pixels = inputs.subarray(first * size, (first + expected.length) * size);
    const shape = [expected.length, ...shapeOf(input).slice(1).map(Number)];
    const results = session.run({ [input.name]: { shape, data: Float32Array.from(pixels, (pixel) => pixel / 255) } });
    const data = floatData(results[output.name]!);
    const classes = data.length / expected.length;
    for (const [row, label] of expected.entries()) {
      const scores = data.subarray(row * classes, (row + 1) * classes);
      if (scores.indexOf(Math.max(...scores)) !== label) errors++;
    }
  }
  return (100 * errors) / labels.length;
}

function notesOf(result: ReproduceResult): string[] {
  const { network, fileBytes, denseBytes, ratio, errorPercent, denseErrorPercent } = result;
  const paper = PAPER[network];
  return [
    `${fileBytes} bytes, the whole file: ${ratio.toFixed(1)}x smaller than ${denseBytes} bytes of weights (the paper: ${paper.ratio}x)`,
    `test error ${errorPercent.toFixed(2)} % from the reopened file, ${denseErrorPercent.toFixed(2)} % dense (${signed(errorPercent - denseErrorPercent)}); the paper: ${paper.errorPercent} %, ${paper.denseErrorPercent} %`,
  ];
}

/**
 * Trains a network of the paper on MNIST, prunes, shares and codes it, writes `<out>/<network>.dcz`, reopens that
 * file, and measures it on the test images, which nothing before has seen. A scheme that is not ours has its name in
 * the files' names. @throws whatever the file system says of `out`
 */
export async function reproduce(options: ReproduceOptions): Promise<ReproduceReport> {
  const { network, scheme, seed, out, onProgress, resume = true } = options;
  const { threads = Math.min(2, availableParallelism()) } = options;
  const recipe = recipeFor(network, scheme);
  const stem = join(out, scheme === "ours" ? network : `${network}-${scheme}`);
  await mkdir(out, { recursive: true });
  const checkpoint = `${stem}-seed-${seed}.checkpoint`;
  if (!resume) await rm(checkpoint, { force: true });
  const start = performance.now();
  const data = await loadMnist();
  const trained = await runRecipe(recipe, data, { seed, threads, checkpoint, onProgress });

  const { graph, parameterCount } = recipe.architecture;
  const { bytes } = compress(trained.compressed, recipe.plan);
  const [file, report] = [`${stem}.dcz`, `${stem}.json`];
  await writeAtomically(file, bytes);
  const reopened = await open(bytesSource(await readFile(file)));
  const ledger = await reopened.ledger();
  const denseBytes = 4 * parameterCount;
  const json: ReproduceResult = {
    network,
    scheme,
    parameters: parameterCount,
    denseBytes,
    fileBytes: bytes.length,
    ratio: denseBytes / bytes.length,
    denseErrorPercent: testError(graph, denseWeights(trained.dense), data.test),
    errorPercent: testError(reopened.graph ?? graph, await reopened.weights(), data.test),
    validationErrorPercent: trained.validationErrorPercent,
    seed,
    threads,
    seconds: trained.resumed ? trained.seconds : (performance.now() - start) / 1000,
    ledger,
  };
  await writeAtomically(report, `${JSON.stringify(json, null, 2)}\n`);
  await rm(checkpoint, { force: true });
  const notes = [...(trained.resumed ? ["went on from a checkpoint"] : []), ...notesOf(json)];
  return { json, table: comparisonTable(network, ledger), files: [file, report], notes };
}
