import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { bytesSource } from "@deep-compression/container";
import type { FullSizeResult, SchemeLayer } from "@deep-compression/experiments";
import { writeSafetensorsParts } from "@deep-compression/model-io";
import { floatValues, type Tensor, type TensorSource } from "@deep-compression/network";
import { open, type Plan } from "@deep-compression/pipeline";
import { denseVector } from "@deep-compression/sparse";
import type { Case, CaseContext } from "./case";
import { type DecodeSeconds, decodeSeconds, runCommand, type Usage } from "./child-process";
import { median, type Row, toOverheadRow, toRow } from "./harness";
import { type PaperSize, paperScheme } from "./paper-scheme";
import { squaredError } from "./squared-error";
import { drawBias, drawWeights, type SyntheticLayer, syntheticLayers } from "./synthetic-network";

/** What is asked of a network's file and of the command that makes it. MB = 10^6 bytes, as in the paper's figures. */
interface Bars {
  readonly fileMegabytes: number;
  readonly compressSeconds?: readonly [bar: number, goal: number];
  readonly decodeSeconds?: readonly [bar: number, goal: number];
  readonly peakGigabytes?: readonly [bar: number, goal: number];
}

const NETWORKS: Readonly<Record<FullSizeResult["fullSize"], Bars>> = {
  alexnet: { fileMegabytes: 6.9, compressSeconds: [12, 6], decodeSeconds: [0.8, 0.4] },
  "vgg-16": { fileMegabytes: 11.3, peakGigabytes: [2.0, 1.2] },
};

/** Where the ledgers go, for `npm run results`. */
const OUTPUT = "out";

/** The paper's scheme on every layer; the plan asks for no more error than that has. */
function schemeOf(layers: readonly SyntheticLayer[]): ReadonlyMap<string, PaperSize> {
  return new Map(layers.map((layer) => [layer.name, paperScheme(drawWeights(layer), layer)]));
}

function planOf(scheme: ReadonlyMap<string, PaperSize>, lineMaps: "auto" | "never"): Plan {
  const tensors = [...scheme].map(([name, { relativeError }]) => [
    `${name}.weight`,
    { maxError: relativeError, lineMaps },
  ]);
  return { default: {}, tensors: Object.fromEntries(tensors) };
}

/** The tensors of a network; weights are drawn when they are read, since all of them at once take half a gigabyte. */
function tensorsOf(layers: readonly SyntheticLayer[]): TensorSource[] {
  return layers.flatMap((layer) => {
    const type = "float32" as const;
    const bytes = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return [
      { name: `${layer.name}.weight`, type, shape: layer.shape, read: () => bytes(denseVector(drawWeights(layer))) },
      { name: `${layer.name}.bias`, type, shape: layer.shape.slice(0, 1), read: () => bytes(drawBias(layer)) },
    ];
  });
}

async function readTensor({ read, ...head }: TensorSource): Promise<Tensor> {
  return { ...head, bytes: await read() };
}

/** Holds every decoded tensor against what was drawn: biases to the bit, weights to the paper's squared error. */
async function assertErrors(
  file: string,
  layers: readonly SyntheticLayer[],
  scheme: ReadonlyMap<string, PaperSize>,
): Promise<void> {
  const originals = tensorsOf(layers);
  const opened = await open(bytesSource(await readFile(file)));
  for await (const restored of opened.tensors()) {
    const next = originals.shift();
    if (next === undefined || restored.name !== next.name) throw new Error(`the file holds "${restored.name}"`);
    const original = await readTensor(next);
    const error = squaredError(floatValues(original), floatValues(restored));
    const allowed = scheme.get(restored.name.replace(/\.weight$/, ""))?.squaredError ?? 0;
    if (!(error <= allowed))
      throw new Error(`${restored.name}: squared error ${error}, the paper's scheme has ${allowed}`);
  }
  if (originals.length > 0) throw new Error("the file lacks tensors");
}

/** Median seconds, on two threads that share memory if nothing else is said. */
interface DecodeTimes {
  readonly again: number;
  readonly first: number;
  readonly ownMemory: number;
  readonly hugePages: number;
}

/** Processes that decode: seconds drift from one to the next more than within one. */
const DECODERS = 3;

async function decodeTimes(file: string, rounds: number): Promise<DecodeTimes> {
  const shared: DecodeSeconds[] = [];
  const own: DecodeSeconds[] = [];
  const huge: DecodeSeconds[] = [];
  const decoders = [
    async () => shared.push(await decodeSeconds(file, { rounds, threads: 2, memory: "shared" })),
    async () => own.push(await decodeSeconds(file, { rounds, threads: 2, memory: "own" })),
    async () => huge.push(await decodeSeconds(file, { rounds, threads: 2, memory: "shared", pages: "huge" })),
  ];
  for (let i = 0; i < DECODERS; i++) {
    // Each kind comes first once: memory that the process before has freed may be had faster.
    for (let kind = 0; kind < decoders.length; kind++) await decoders[(i + kind) % decoders.length]!();
  }
  return {
    again: median(shared.flatMap(({ later }) => later)),
    first: median(shared.map(({ first }) => first)),
    ownMemory: median(own.flatMap(({ later }) => later)),
    hugePages: median(huge.flatMap(({ later }) => later)),
  };
}

interface Measured {
  readonly compress: Usage;
  readonly decode: DecodeTimes;
  readonly fileBytes: number;
}

async function compressWith(plan: Plan, work: { readonly model: string; readonly folder: string }, file: string) {
  const planFile = join(work.folder, "plan.json");
  await writeFile(planFile, JSON.stringify(plan));
  return runCommand(["compress", work.model, "-o", file, "--plan", planFile], work);
}

async function measure(
  name: FullSizeResult["fullSize"],
  layers: readonly SyntheticLayer[],
  { rounds, progress }: CaseContext,
): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
  try {
    const work = { folder, model: join(folder, `${name}.safetensors`) };
    const file = join(folder, `${name}.dcz`);
    progress("the paper's scheme");
    const scheme = schemeOf(layers);
    progress("writing the model");
    await pipeline(writeSafetensorsParts({ tensors: tensorsOf(layers), metadata: {} }), createWriteStream(work.model));
    const runs: Usage[] = [];
    for (let round = 0; round < rounds; round++) {
      runs.push(await compressWith(planOf(scheme, "auto"), work, file));
      progress(
        `compressed in ${runs[round]!.seconds.toFixed(2)} s, peak ${(runs[round]!.peakBytes / 1e9).toFixed(2)} GB`,
      );
    }
    await assertErrors(file, layers, scheme);
    const compress = {
      seconds: median(runs.map((run) => run.seconds)),
      peakBytes: Math.max(...runs.map((run) => run.peakBytes)),
    };
    const measured = { compress, decode: await decodeTimes(file, rounds), fileBytes: (await stat(file)).size };
    const plain = join(folder, "plain.dcz");
    await compressWith(planOf(scheme, "never"), work, plain);
    const withoutClassesBytes = (await stat(plain)).size;
    await record(name, { measured, withoutClassesBytes, scheme, layers, file });
    return rowsOf(name, scheme, measured);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function record(
  name: FullSizeResult["fullSize"],
  run: {
    readonly measured: Measured;
    readonly withoutClassesBytes: number;
    readonly scheme: ReadonlyMap<string, PaperSize>;
    readonly layers: readonly SyntheticLayer[];
    readonly file: string;
  },
): Promise<void> {
  const { measured, withoutClassesBytes, scheme, layers, file } = run;
  const paper: SchemeLayer[] = layers.map(({ name: layer, clumps }) => {
    const { bytes } = scheme.get(layer)!;
    return { layer, bytes, ratePercent: (100 * bytes) / (4 * clumps.rows * clumps.columns) };
  });
  const result: FullSizeResult = {
    fullSize: name,
    ledger: await (await open(bytesSource(await readFile(file)))).ledger(),
    paperScheme: paper,
    withoutClassesBytes,
    compressSeconds: measured.compress.seconds,
    decodeSeconds: measured.decode.again,
    firstDecodeSeconds: measured.decode.first,
    peakBytes: measured.compress.peakBytes,
  };
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(join(OUTPUT, `full-size-${name}.json`), JSON.stringify(result));
}

function rowsOf(name: FullSizeResult["fullSize"], scheme: ReadonlyMap<string, PaperSize>, measured: Measured): Row[] {
  const { fileMegabytes, compressSeconds, decodeSeconds: decode, peakGigabytes } = NETWORKS[name];
  const { compress, fileBytes } = measured;
  const limit = (figure: string, unit: string, ours: number, [bar, goal]: readonly [number, number]) =>
    toRow({ name: `${name}, ${figure}`, unit, ours, peer: "the bar", theirs: bar, bar: 1, goal: bar / goal });
  const file = `${name}, file`;
  return [
    toOverheadRow({
      name: `${file}, at no more squared error in any layer`,
      counted: "bytes",
      ours: fileBytes,
      peer: "the paper's scheme on the same weights",
      theirs: [...scheme.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      bar: -0.05,
      goal: -0.12,
    }),
    toRow({ name: file, unit: "MB", ours: fileBytes / 1e6, peer: "the paper's file", theirs: fileMegabytes, bar: 1 }),
    ...(compressSeconds ? [limit("compress", "s", compress.seconds, compressSeconds)] : []),
    ...(decode ? decodeRows(name, measured.decode, decode) : []),
    ...(peakGigabytes ? [limit("peak memory, compress", "GB", compress.peakBytes / 1e9, peakGigabytes)] : []),
  ];
}

/** On two threads; only the first row has a bar, the others tell what stands around it. */
function decodeRows(
  name: string,
  { again, first, ownMemory, hugePages }: DecodeTimes,
  [bar, goal]: readonly [number, number],
): Row[] {
  const row = { name: `${name}, decode to dense float32, two threads`, unit: "s", peer: "the bar", theirs: bar };
  return [
    toRow({ ...row, ours: again, bar: 1, goal: bar / goal }),
    toRow({ ...row, name: `${row.name}, the first time in a process`, ours: first }),
    toRow({ ...row, name: `${row.name}, each tensor the work of one`, ours: ownMemory }),
    toRow({ ...row, name: `${row.name}, memory in huge pages`, ours: hugePages }),
  ];
}

/** A thin slice of every layer, to try the program out: fewer rows. */
function thinned(layer: SyntheticLayer, effort: number): SyntheticLayer {
  const rows = Math.max(1, Math.round(layer.clumps.rows * effort));
  return { ...layer, shape: [rows, ...layer.shape.slice(1)], clumps: { ...layer.clumps, rows } };
}

/** AlexNet and VGG-16 at their true size, with weights that are made up: bytes, seconds and memory of the command. */
export const FULL_SIZE_CASES: readonly Case[] = (["alexnet", "vgg-16"] as const).map((name) => ({
  name,
  run: (context) =>
    measure(
      name,
      syntheticLayers(name).map((layer) => thinned(layer, context.effort)),
      context,
    ),
}));
