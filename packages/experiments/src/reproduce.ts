import { mkdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/container";
import { denseWeights, prepare, type WeightSource } from "@deep-compression/inference";
import type { Graph } from "@deep-compression/network";
import { compress, type Ledger, open } from "@deep-compression/pipeline";
import type { Samples } from "@deep-compression/training";
import { writeAtomically } from "./atomic-write";
import { removeCheckpoint } from "./checkpoint";
import { comparisonTable, type TextTable } from "./comparison";
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

function testError(graph: Graph, weights: WeightSource, samples: Samples): number {
  const session = prepare({ graph }, weights);
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  const count = samples.labels.length;
  const size = samples.inputs.length / count;
  let errors = 0;
  for (let first = 0; first < count; first += TEST_BATCH) {
    const pixels = samples.inputs.subarray(first * size, (first + TEST_BATCH) * size);
    const rows = pixels.length / size;
    const shape = [rows, ...input.shape.slice(1).map(Number)];
    const logits = session.run({ [input.name]: { shape, data: Float32Array.from(pixels, (pixel) => pixel / 255) } })[
      output.name
    ].data;
    const classes = logits.length / rows;
    for (let row = 0; row < rows; row++) {
      const scores = logits.subarray(row * classes, (row + 1) * classes);
      if (scores.indexOf(Math.max(...scores)) !== samples.labels[first + row]) errors++;
    }
  }
  return (100 * errors) / count;
}

function notesOf(result: ReproduceResult): string[] {
  const theirs = PAPER[result.network];
  const points = result.errorPercent - result.denseErrorPercent;
  return [
    `${result.fileBytes} bytes, the whole file: ${result.ratio.toFixed(1)}x smaller than ${result.denseBytes} bytes of weights (the paper: ${theirs.ratio}x)`,
    `test error ${result.errorPercent.toFixed(2)} % from the reopened file, ${result.denseErrorPercent.toFixed(2)} % dense (${points >= 0 ? "+" : ""}${points.toFixed(2)}); the paper: ${theirs.errorPercent} %, ${theirs.denseErrorPercent} %`,
  ];
}

/**
 * Trains a network of the paper on MNIST, prunes, shares and codes it, writes `<out>/<network>.dcz`, reopens that
 * file, and measures it on the test images, which nothing before has seen. A scheme that is not ours has its name in
 * the files' names. @throws whatever the file system says of `out`
 */
export async function reproduce(options: ReproduceOptions): Promise<ReproduceReport> {
  const {
    network,
    scheme,
    seed,
    out,
    onProgress,
    resume = true,
    threads = Math.min(2, availableParallelism()),
  } = options;
  const recipe = recipeFor(network, scheme);
  const stem = join(out, scheme === "ours" ? network : `${network}-${scheme}`);
  await mkdir(out, { recursive: true });
  const checkpoint = `${stem}-seed-${seed}.checkpoint`;
  if (!resume) await removeCheckpoint(checkpoint);
  const start = performance.now();
  const data = await loadMnist();
  const trained = await runRecipe(recipe, data, { seed, threads, checkpoint, onProgress });

  const { graph } = recipe.architecture;
  const { bytes } = compress(trained.compressed, recipe.plan);
  const files = [`${stem}.dcz`, `${stem}.json`];
  await writeAtomically(files[0], bytes);
  const reopened = await open(bytesSource(await readFile(files[0])));
  const ledger = await reopened.ledger();
  const denseBytes = 4 * recipe.architecture.parameterCount;
  const json: ReproduceResult = {
    network,
    scheme,
    parameters: recipe.architecture.parameterCount,
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
  await writeAtomically(files[1], `${JSON.stringify(json, null, 2)}\n`);
  await removeCheckpoint(checkpoint);
  const notes = notesOf(json);
  return {
    json,
    table: comparisonTable(network, ledger),
    files,
    notes: trained.resumed ? ["went on from a checkpoint", ...notes] : notes,
  };
}
