import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { bytesSource } from "@deep-compression/container";
import type { FullSizeResult, SchemeLayer } from "@deep-compression/experiments";
import { writeSafetensorsParts } from "@deep-compression/model-io";
import { floatTensor, floatValues, type TensorSource } from "@deep-compression/network";
import { type OpenedFile, open, type Plan } from "@deep-compression/pipeline";
import { denseVector } from "@deep-compression/sparse";
import { squaredError } from "./agreement";
import { decodeSeconds, gzipSeconds, runCommand, writeMemorySeconds } from "./child-process";
import { type Case, type CaseContext, median, type Row, toOverheadRow, toRow } from "./harness";
import { type PaperSize, paperScheme } from "./paper-scheme";
import { drawBias, drawWeights, type SyntheticLayer, syntheticLayers } from "./synthetic-network";

/** What is asked of a network's file and of the command that makes it. MB = 10^6 bytes, as in the paper's figures. */
interface Bars {
  readonly fileMegabytes: number;
  readonly compressSeconds?: readonly [bar: number, goal: number];
  /** How many times as long as gzip -1 of the weights, and as writing so much fresh memory. */
  readonly compressToGzip?: readonly [bar: number, goal: number];
  readonly decodeToMemory?: readonly [bar: number, goal: number];
  readonly peakGigabytes?: readonly [bar: number, goal: number];
}

type NetworkName = FullSizeResult["fullSize"];

const NETWORKS: Readonly<Record<NetworkName, Bars>> = {
  alexnet: { fileMegabytes: 6.9, compressSeconds: [12, 6], compressToGzip: [1, 0.6], decodeToMemory: [3.5, 1.5] },
  "vgg-16": { fileMegabytes: 11.3, peakGigabytes: [2.0, 1.2] },
};

/** Where the ledgers go, for `npm run results`. */
const OUTPUT = "out";

/** The paper's scheme on every layer, by the name of its weight; the plan asks for no more error than that has. */
type Scheme = ReadonlyMap<string, PaperSize>;

function planOf(scheme: Scheme, lineMaps: "auto" | "never"): Plan {
  const tensors = [...scheme].map(([weight, { relativeError }]) => [weight, { maxError: relativeError, lineMaps }]);
  return { default: {}, tensors: Object.fromEntries(tensors) };
}

/** The tensors of a network; weights are drawn when they are read, since all of them at once take half a gigabyte. */
function tensorsOf(layers: readonly SyntheticLayer[]): TensorSource[] {
  return layers.flatMap((layer) => {
    const source = (name: string, shape: readonly number[], draw: () => Float32Array): TensorSource => {
      return { name, shape, type: "float32", read: () => floatTensor(name, shape, draw()).bytes };
    };
    return [
      source(`${layer.name}.weight`, layer.shape, () => denseVector(drawWeights(layer))),
      source(`${layer.name}.bias`, layer.shape.slice(0, 1), () => drawBias(layer)),
    ];
  });
}

/** Holds every decoded tensor against what was drawn: biases to the bit, weights to the paper's squared error. */
async function assertErrors(file: OpenedFile, layers: readonly SyntheticLayer[], scheme: Scheme): Promise<void> {
  const originals = tensorsOf(layers);
  for await (const restored of file.tensors()) {
    const original = originals.shift();
    if (original?.name !== restored.name) throw new Error(`the file holds "${restored.name}"`);
    const drawn = floatValues({ ...restored, bytes: await original.read() });
    const error = squaredError(floatValues(restored), drawn);
    const allowed = scheme.get(restored.name)?.squaredError ?? 0;
    if (!(error <= allowed))
      throw new Error(`${restored.name}: squared error ${error}, the paper's scheme has ${allowed}`);
  }
  if (originals.length > 0) throw new Error("the file lacks tensors");
}

/** Ways to decode on two threads: each tensor is the work of one, the default; they fill tensors together; memory is in huge pages. */
const DECODERS = {
  alone: { memory: "own" },
  together: { memory: "shared" },
  hugePages: { memory: "own", pages: "huge" },
} as const;

/** Processes that decode in each way: seconds drift from one to the next more than within one. */
const PROCESSES = 3;

/**
 * Median seconds of each way; `first`: of the first time in a process by default; `memory`: of two threads that
 * write as much fresh memory.
 */
type DecodeTimes = Readonly<Record<keyof typeof DECODERS | "first" | "memory", number>>;

async function decodeTimes(file: string, bytes: number, rounds: number): Promise<DecodeTimes> {
  const none = (): number[] => [];
  const times = { together: none(), alone: none(), hugePages: none(), first: none(), memory: none() };
  const ways = ["alone", "together", "hugePages"] as const;
  for (let process = 0; process < PROCESSES; process++) {
    // Each way comes first once: memory that the process before has freed may be had faster.
    for (const way of [...ways.slice(process), ...ways.slice(0, process)]) {
      const [first, ...later] = await decodeSeconds(file, { rounds, threads: 2, ...DECODERS[way] });
      times[way].push(...later);
      if (way === "alone") times.first.push(first);
    }
    times.memory.push(...(await writeMemorySeconds(bytes, { rounds })));
  }
  const { together, alone, hugePages, first, memory } = times;
  return {
    together: median(together),
    alone: median(alone),
    hugePages: median(hugePages),
    first: median(first),
    memory: median(memory),
  };
}

async function measure(
  name: NetworkName,
  layers: readonly SyntheticLayer[],
  { rounds, progress }: CaseContext,
): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
  const at = (file: string) => join(folder, file);
  const compressed = async (plan: Plan, file: string) => {
    await writeFile(at("plan.json"), JSON.stringify(plan));
    return runCommand(["compress", at("model.safetensors"), "-o", at(file), "--plan", at("plan.json")], { folder });
  };
  try {
    progress("the paper's scheme");
    const scheme = new Map(layers.map((layer) => [`${layer.name}.weight`, paperScheme(drawWeights(layer), layer)]));
    progress("writing the model");
    const model = writeSafetensorsParts({ tensors: tensorsOf(layers), metadata: {} });
    await pipeline(model, createWriteStream(at("model.safetensors")));
    const runs: { readonly seconds: number; readonly peakBytes: number }[] = [];
    const gzips: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const run = await compressed(planOf(scheme, "auto"), "model.dcz");
      progress(`compressed in ${run.seconds.toFixed(2)} s, peak ${(run.peakBytes / 1e9).toFixed(2)} GB`);
      runs.push(run);
      gzips.push(await gzipSeconds(at("model.safetensors")));
    }
    const file = await open(bytesSource(await readFile(at("model.dcz"))));
    await assertErrors(file, layers, scheme);
    const decode = await decodeTimes(at("model.dcz"), denseBytes(layers), rounds);
    await compressed(planOf(scheme, "never"), "plain.dcz");
    const result: FullSizeResult = {
      fullSize: name,
      ledger: await file.ledger(),
      paperScheme: layers.map((layer) => schemeLayer(layer, scheme)),
      withoutClassesBytes: (await stat(at("plain.dcz"))).size,
      compressSeconds: median(runs.map(({ seconds }) => seconds)),
      decodeSeconds: decode.alone,
      firstDecodeSeconds: decode.first,
      peakBytes: Math.max(...runs.map(({ peakBytes }) => peakBytes)),
    };
    await mkdir(OUTPUT, { recursive: true });
    await writeFile(join(OUTPUT, `full-size-${name}.json`), JSON.stringify(result));
    return rowsOf(result, { ...decode, gzip: median(gzips) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function schemeLayer({ name, clumps }: SyntheticLayer, scheme: Scheme): SchemeLayer {
  const { bytes } = scheme.get(`${name}.weight`)!;
  return { layer: name, bytes, ratePercent: (100 * bytes) / (4 * clumps.rows * clumps.columns) };
}

/** Bytes of all tensors as float32. */
function denseBytes(layers: readonly SyntheticLayer[]): number {
  return tensorsOf(layers).reduce((sum, { shape }) => sum + 4 * shape.reduce((count, size) => count * size, 1), 0);
}

function rowsOf(
  { fullSize, ledger, ...result }: FullSizeResult,
  times: DecodeTimes & { readonly gzip: number },
): Row[] {
  const { fileMegabytes, compressSeconds, compressToGzip, decodeToMemory, peakGigabytes } = NETWORKS[fullSize];
  const { fileBytes } = ledger;
  const limit = (figure: string, unit: string, ours: number, [bar, goal]: readonly [number, number]) =>
    toRow({ name: `${fullSize}, ${figure}`, unit, ours, peer: "the bar", theirs: bar, bar: 1, goal: bar / goal });
  const file = `${fullSize}, file`;
  return [
    toOverheadRow({
      name: `${file}, at no more squared error in any layer`,
      counted: "bytes",
      ours: fileBytes,
      peer: "the paper's scheme on the same weights",
      theirs: result.paperScheme.reduce((sum, { bytes }) => sum + bytes, 0),
      bar: -0.05,
      goal: -0.12,
    }),
    toRow({ name: file, unit: "MB", ours: fileBytes / 1e6, peer: "the paper's file", theirs: fileMegabytes, bar: 1 }),
    ...(compressSeconds ? [limit("compress", "s", result.compressSeconds, compressSeconds)] : []),
    ...(compressToGzip ? [gzipRow(fullSize, result.compressSeconds, times.gzip, compressToGzip)] : []),
    ...(decodeToMemory ? decodeRows(`${fullSize}, decode to dense float32, two threads`, times, decodeToMemory) : []),
    ...(peakGigabytes ? [limit("peak memory, compress", "GB", result.peakBytes / 1e9, peakGigabytes)] : []),
  ];
}

/** Ratios of a row whose bar and goal are the most times as long as theirs that ours may take. */
function inverted([bar, goal]: readonly [number, number]) {
  const ratio = (times: number) => Number((1 / times).toPrecision(3));
  return { bar: ratio(bar), goal: ratio(goal) };
}

function gzipRow(network: string, ours: number, theirs: number, bars: readonly [number, number]): Row {
  const name = `${network}, compress, two cores`;
  return toRow({
    name,
    unit: "s",
    ours,
    peer: "gzip -1 of its weights, one core",
    theirs,
    ...inverted(bars),
  });
}

/** Only the first row has a bar, what a pool does by default; the others tell what stands around it. */
function decodeRows(name: string, times: DecodeTimes, bars: readonly [number, number]): Row[] {
  const row = { name, unit: "s", peer: "two threads writing as much fresh memory", theirs: times.memory };
  return [
    toRow({ ...row, ours: times.alone, ...inverted(bars) }),
    toRow({ ...row, name: `${name}, the first time in a process`, ours: times.first }),
    toRow({ ...row, name: `${name}, tensors filled together`, ours: times.together }),
    toRow({ ...row, name: `${name}, memory in huge pages`, ours: times.hugePages }),
  ];
}

/** A thin slice of a layer, to try the program out: fewer rows. */
function thinned(layer: SyntheticLayer, effort: number): SyntheticLayer {
  const rows = Math.max(1, Math.round(layer.clumps.rows * effort));
  return { ...layer, shape: [rows, ...layer.shape.slice(1)], clumps: { ...layer.clumps, rows } };
}

/** AlexNet and VGG-16 at their true size, with weights that are made up: bytes, seconds and memory of the command. */
export const FULL_SIZE_CASES: readonly Case[] = (["alexnet", "vgg-16"] as const).map((name) => ({
  name,
  run(context) {
    const layers = syntheticLayers(name).map((layer) => thinned(layer, context.effort));
    return measure(name, layers, context);
  },
}));
