import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { type Reproduce, runProgram } from "@deep-compression/cli";
import { readNpy, writeNpy, writeOnnx } from "@deep-compression/model-io";
import {
  floatTensor,
  floatValues,
  type Graph,
  lenet300100,
  type Network,
  type Tensor,
} from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { afterAll } from "vitest";

/** A folder for one test file, gone after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-cli-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Files by their names, which may have folders in front. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** A new folder of these files: gives the path of a name in it. */
export async function folderIn(root: string, files: Files = {}): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(root, "folder-"));
  const at = (name: string) => join(folder, name);
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), bytes);
  }
  return at;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
  /** Of a file that was written to the standard output. */
  readonly bytes: Uint8Array;
}

/** Runs the command in this process. */
export async function call(
  args: readonly string[],
  load?: () => Promise<Reproduce>,
  input: readonly Uint8Array[] = [],
): Promise<Outcome> {
  let [out, error] = ["", ""];
  const bytes: Uint8Array[] = [];
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    outBytes: (part: Uint8Array) => {
      bytes.push(part);
    },
    input: Readable.from(input),
    isScreen: false,
  };
  const code = await runProgram(args, terminal, { load });
  return { code, out, error, bytes: new Uint8Array(Buffer.concat(bytes)) };
}

export function randomTensor(name: string, shape: readonly number[], seed = 1): Tensor {
  const random = seededRandom(seed);
  const size = shape.reduce((product, d) => product * d, 1);
  return floatTensor(
    name,
    shape,
    Float32Array.from({ length: size }, () => random() - 0.5),
  );
}

export function randomLenet(): Network {
  const tensors = lenet300100.parameters.map(({ name, shape }, i) => randomTensor(name, shape, i + 1));
  return { graph: lenet300100.graph, tensors, metadata: { author: "test" } };
}

/** y = Gemm(x, w, b) of three inputs and two outputs; `more` tensors are carried along. */
export function smallNetwork(
  weights: readonly number[] = [1, 0, 2, 0, 2, 0.25],
  more: readonly Tensor[] = [],
): Network {
  const graph: Graph = {
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
    nodes: [{ op: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"], attributes: { transB: 1 } }],
  };
  const w = floatTensor("w", [2, 3], Float32Array.from(weights));
  const b = floatTensor("b", [2], Float32Array.of(0.5, -0.5));
  return { graph, tensors: [w, b, ...more] };
}

export async function writeModelFile(path: string, network: Network): Promise<string> {
  await writeFile(path, writeOnnx(network));
  return path;
}

export async function writeArray(path: string, shape: readonly number[], values: readonly number[]): Promise<string> {
  await writeFile(path, writeNpy(floatTensor("", shape, Float32Array.from(values))));
  return path;
}

export async function readArray(path: string): Promise<{ shape: readonly number[]; values: Float32Array }> {
  const tensor = readNpy(new Uint8Array(await readFile(path)));
  return { shape: tensor.shape, values: floatValues(tensor) };
}

/** An IDX file of bytes. */
export function idx(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const sizes = shape.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...bytes]);
}
