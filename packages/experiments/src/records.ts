import { readdir, readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import type { Ledger } from "@deep-compression/pipeline";
import { BENCHMARK_SUITES } from "./benchmark-suites";
import type { ReproduceResult } from "./reproduce";

/** A row of `npm run bench -- --json`: one figure of ours against the same figure of a named peer. */
export interface BenchmarkRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** Who is compared with, with its version where it is not our own code. */
  readonly peer: string;
  readonly theirs: number;
  /** How many times better ours is: above 1 ours wins, whether the unit counts up or down. */
  readonly ratio: number;
  /** The least ratio asked for, or null for a row that only informs. */
  readonly bar: number | null;
  readonly goal: number | null;
  /** Whether ratio reaches bar; null where there is no bar. */
  readonly pass: boolean | null;
}

/** A layer under the paper's scheme, applied to the very weights that were compressed. */
export interface SchemeLayer {
  readonly layer: string;
  readonly bytes: number;
  readonly ratePercent: number;
}

/** What `npm run bench -- full-size` writes of a network: made weights, never trained. */
export interface FullSizeResult {
  readonly fullSize: "alexnet" | "vgg-16";
  readonly ledger: Ledger;
  readonly paperScheme: readonly SchemeLayer[];
  /** Bytes of the file when rows and columns are not sorted into density classes. */
  readonly withoutClassesBytes: number;
  readonly compressSeconds: number;
  readonly decodeSeconds: number;
  readonly firstDecodeSeconds: number;
  readonly peakBytes: number;
}

/** What `npm run bench -- models` measures of a model that people use. */
export interface RealModelResult {
  readonly name: string;
  readonly format: string;
  readonly originalBytes: number;
  readonly gzipBytes: number;
  readonly losslessBytes: number;
  readonly losslessGzipBytes: number;
  /** Whether restoring the lossless file gives files of the same SHA-256. */
  readonly isSame: boolean;
  readonly defaultBytes: number;
  readonly defaultGzipBytes: number;
  /** Of the command at its defaults. */
  readonly compressSeconds: number;
  /** The largest of any output, relative to that output, on real input; where onnxruntime runs the model. */
  readonly outputErrorPercent?: number;
  /** Rows of scores whose largest is the same. */
  readonly top1Percent?: number;
}

/** What `npm run bench -- models` writes beside its rows. */
export interface RealModelsResult {
  readonly realModels: readonly RealModelResult[];
  /** Models that could not be measured, and why. */
  readonly failures: readonly { readonly name: string; readonly reason: string }[];
}

/** What was measured, and on what. */
export interface Record<Content> {
  readonly machine: string;
  readonly date: string;
  readonly content: Content;
}

export interface Records {
  readonly runs: readonly Record<ReproduceResult>[];
  readonly fullSize: readonly Record<FullSizeResult>[];
  readonly realModels: readonly Record<RealModelsResult>[];
  readonly benchmarks: readonly (Record<readonly BenchmarkRow[]> & { readonly suite: string })[];
}

function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const { platform, arch, versions } = process;
  return `${processors[0]?.model ?? "unknown processor"}, ${processors.length} cores, ${memory} GiB, Node ${versions.node}, ${platform} ${arch}`;
}

/**
 * Copies the JSON that `reproduce` or the benchmarks wrote into the folder of records. Rows of benchmarks are told apart
 * by the name of their file: "codecs.json" holds those of the suite codecs.
 *
 * @throws RangeError if it is neither
 */
export async function addRecord(folder: string, path: string): Promise<string> {
  const content = JSON.parse(await readFile(path, "utf8"));
  const name = Array.isArray(content) ? rowsName(path) : nameOf(content, path);
  const record = { machine: machine(), date: new Date().toISOString().slice(0, 10), content };
  await writeFile(join(folder, name), `${JSON.stringify(record, null, 2)}\n`);
  return name;
}

const BENCHMARK = "benchmark-";

function rowsName(path: string): string {
  const names = BENCHMARK_SUITES.map(({ suite }) => `${suite}.json`);
  if (names.includes(basename(path))) return BENCHMARK + basename(path);
  throw new RangeError(`${path}: expected rows in a file named after their suite, one of ${names.join(", ")}`);
}

function nameOf(content: Partial<ReproduceResult & FullSizeResult & RealModelsResult>, path: string): string {
  const { network, scheme, seed, fullSize, realModels } = content;
  if (fullSize) return `full-size-${fullSize}.json`;
  if (realModels) return "real-models.json";
  if (network && scheme && seed !== undefined) return `${network}-${scheme}-seed-${seed}.json`;
  throw new RangeError(`${path}: expected what "reproduce" or "npm run bench -- --json" writes`);
}

/** All records of a folder, in the order of their names. */
export async function readRecords(folder: string): Promise<Records> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const all = await Promise.all(
    names.map(async (name) => ({ name, record: JSON.parse(await readFile(join(folder, name), "utf8")) })),
  );
  const single = all.map(({ record }) => record).filter(({ content }) => !Array.isArray(content));
  return {
    runs: single.filter(({ content }) => content.network !== undefined),
    realModels: single.filter(({ content }) => content.realModels !== undefined),
    fullSize: single.filter(({ content }) => content.fullSize !== undefined),
    benchmarks: all
      .filter(({ record }) => Array.isArray(record.content))
      .map(({ name, record }) => ({ ...record, suite: name.slice(BENCHMARK.length, -".json".length) })),
  };
}
