import { readdir, readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { ReproduceResult } from "./reproduce";

/** A row of `npm run bench -- --json`. */
export interface BenchmarkRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: string;
  readonly theirs: number;
  readonly ratio: number;
  readonly bar: number | null;
  readonly goal: number | null;
  readonly pass: boolean | null;
}

/** What was measured, and on what. */
export interface Record<Content> {
  readonly machine: string;
  readonly date: string;
  readonly content: Content;
}

export interface Records {
  readonly runs: readonly Record<ReproduceResult>[];
  readonly benchmarks: readonly Record<readonly BenchmarkRow[]>[];
}

function machine(): string {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${processors[0]?.model ?? "unknown processor"}, ${processors.length} cores, ${memory} GiB, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

/** Copies the JSON that `reproduce` or the benchmarks wrote into the folder of records. @throws RangeError if it is neither */
export async function addRecord(folder: string, path: string): Promise<string> {
  const content = JSON.parse(await readFile(path, "utf8"));
  const name = Array.isArray(content) ? "benchmark-training.json" : nameOf(content, path);
  const record = { machine: machine(), date: new Date().toISOString().slice(0, 10), content };
  await writeFile(join(folder, name), `${JSON.stringify(record, null, 2)}\n`);
  return name;
}

function nameOf({ network, scheme, seed }: Partial<ReproduceResult>, path: string): string {
  if (network && scheme && seed !== undefined) return `${network}-${scheme}-seed-${seed}.json`;
  throw new RangeError(`${path}: expected what "reproduce" or "npm run bench -- --json" writes`);
}

/** All records of a folder, in the order of their names. */
export async function readRecords(folder: string): Promise<Records> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const all = await Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))));
  return {
    runs: all.filter(({ content }) => !Array.isArray(content)),
    benchmarks: all.filter(({ content }) => Array.isArray(content)),
  };
}
