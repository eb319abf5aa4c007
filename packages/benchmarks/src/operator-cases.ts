import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { arrayOfTensor, type NamedArrays, type ShapedArray } from "@deep-compression/inference";
import { readOnnx } from "@deep-compression/model-io";
import type { Network, Tensor, ValueInfo } from "@deep-compression/network";
import { ONNX_CASES_FOLDER } from "./conformance-models";

/** Kinds of cases: of one node, of small graphs, and of layers that PyTorch exported. */
const KINDS = ["node", "simple", "pytorch-converted", "pytorch-operator"] as const;

/** One of ONNX's own cases: a model, what goes in and what must come out. */
export interface OperatorCase {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  readonly folder: string;
}

/** The cases that are installed; none where the package is not. */
export async function operatorCases(): Promise<readonly OperatorCase[]> {
  const cases: OperatorCase[] = [];
  for (const kind of KINDS) {
    const folder = join(ONNX_CASES_FOLDER, kind);
    if (!existsSync(folder)) continue;
    for (const name of (await readdir(folder)).sort()) cases.push({ kind, name, folder: join(folder, name) });
  }
  return cases;
}

/** A case in memory. */
export interface OpenedCase {
  readonly network: Network;
  readonly runs: readonly { readonly inputs: NamedArrays; readonly outputs: Readonly<Record<string, ShapedArray>> }[];
}

/** @throws FormatError, TypeError for a model or values that are no tensors of numbers */
export async function openCase({ folder }: OperatorCase): Promise<OpenedCase> {
  const network = readOnnx(await readFile(join(folder, "model.onnx")));
  const { graph } = network;
  if (graph === undefined) throw new TypeError("the model has no graph");
  const sets = (await readdir(folder)).filter((name) => name.startsWith("test_data_set_"));
  const runs = [];
  for (const set of sets) {
    const read = (kind: string, values: readonly ValueInfo[]) => valuesOf(join(folder, set), kind, values);
    runs.push({
      inputs: await read("input", graph.inputs),
      outputs: await read("output", graph.outputs),
    });
  }
  return { network, runs };
}

async function valuesOf(folder: string, kind: string, declared: readonly ValueInfo[]): Promise<NamedArrays> {
  const values: [string, ShapedArray][] = [];
  for (const [index, { name, type }] of declared.entries()) {
    const tensor = tensorOfFile(await readFile(join(folder, `${kind}_${index}.pb`)));
    // The files hold the bits of a bfloat16 as an uint16.
    values.push([name, arrayOfTensor(type === "bfloat16" ? { ...tensor, type } : tensor)]);
  }
  return Object.fromEntries(values);
}

/** A file that holds a TensorProto, read as the only initializer of a model. */
function tensorOfFile(bytes: Uint8Array): Tensor {
  const graph = message(5, Uint8Array.from([...bytes, ...NAME]));
  const { tensors } = readOnnx(Uint8Array.from([...IR_VERSION_8, ...message(7, graph), ...OPSET_17]));
  const [tensor] = tensors;
  if (tensor === undefined) throw new TypeError("a value is no tensor of numbers");
  return tensor;
}

/** name: "v", which the file may lack */
const NAME = [0x42, 1, 0x76];
const IR_VERSION_8 = [0x08, 8];
/** opset_import { version: 17 } */
const OPSET_17 = [0x42, 2, 0x10, 17];

/** A field of a message that holds bytes. */
function message(field: number, bytes: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  const result = new Uint8Array(1 + length.length + bytes.length);
  result.set([(field << 3) | 2, ...length]);
  result.set(bytes, 1 + length.length);
  return result;
}
