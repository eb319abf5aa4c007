import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { bytesSource } from "@deep-compression/container";
import { writeSafetensorsParts } from "@deep-compression/model-io";
import { floatTensor, floatValues } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { squaredError } from "./agreement";
import { runCommand } from "./child-process";
import { type Case, type CaseContext, type Row, toRow } from "./harness";
import { normalDraw } from "./pruned-weights";

/** 75M weights, 300 MB. */
const ROWS = 7500;
const COLUMNS = 10_000;

/** Times its own bytes that a command may hold at once beyond what it holds before it reads any. */
const MOST_BYTES = 2.2;

/** Options of the command, and the most of its energy that the tensor may lose; by default as much as one that is all of a network. */
const WAYS = [
  { name: "the default options", options: [], most: 0.001 },
  { name: "15 clusters", options: ["--sparsity", "0", "--bits", "4"], most: 0.0125 },
  { name: "max error 1 %", options: ["--sparsity", "0", "--max-error", "0.01"], most: 0.01 },
  { name: "max error 0.01 %", options: ["--sparsity", "0", "--max-error", "0.0001"], most: 0.0001 },
] as const;

function drawn(rows: number): Float32Array {
  const random = seededRandom(1);
  const values = new Float32Array(rows * COLUMNS);
  for (let i = 0; i < values.length; i++) values[i] = normalDraw(random, 0.05);
  return values;
}

async function assertError(file: string, values: Float32Array, most: number): Promise<void> {
  const restored = floatValues(await (await open(bytesSource(await readFile(file)))).tensor("weight"));
  const energy = squaredError(values, new Float32Array(values.length));
  const error = squaredError(restored, values) / energy;
  if (!(error <= most)) throw new Error(`relative error ${error}, expected at most ${most}`);
}

async function measure(rows: number, folder: string, { progress }: CaseContext): Promise<Row[]> {
  const at = (file: string) => join(folder, file);
  const shape = [rows, COLUMNS];
  const values = drawn(rows);
  const read = () => floatTensor("weight", shape, values).bytes;
  const model = writeSafetensorsParts({ tensors: [{ name: "weight", shape, type: "float32", read }], metadata: {} });
  await pipeline(model, createWriteStream(at("model.safetensors")));
  const baseline = (await runCommand(["--version"], { folder })).peakBytes;
  const megabytes = values.byteLength / 1e6;
  const row = (figure: string, peakBytes: number) =>
    toRow({
      name: `a tensor of ${megabytes.toFixed(0)} MB, ${figure}, peak memory beyond that of "--version"`,
      unit: "MB",
      ours: (peakBytes - baseline) / 1e6,
      peer: "the bar",
      theirs: MOST_BYTES * megabytes,
      bar: 1,
    });
  const found: Row[] = [];
  for (const { name, options, most } of WAYS) {
    const compressed = ["compress", at("model.safetensors"), "-o", at("model.dcz"), ...options];
    const { seconds, peakBytes } = await runCommand(compressed, { folder });
    progress(`${name}: compressed in ${seconds.toFixed(1)} s`);
    await assertError(at("model.dcz"), values, most);
    found.push(row(`${name}, compress`, peakBytes));
    const restored = ["restore", at("model.dcz"), "-o", at("restored.safetensors")];
    found.push(row(`${name}, restore`, (await runCommand(restored, { folder })).peakBytes));
  }
  return found;
}

/** The command line on one large tensor: memory in proportion. Needs the built packages. */
export const LARGE_TENSOR_CASE: Case = {
  name: "large tensor",
  async run(context) {
    const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
    try {
      return await measure(Math.ceil(ROWS * context.effort), folder, context);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
