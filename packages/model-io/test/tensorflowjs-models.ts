// Models of TensorFlow.js for tests: graph models of a few nodes, with their weights.
import { bytesSource } from "@deep-compression/bits";
import { type OpenedModel, openModel } from "@deep-compression/model-io";
import { elementsOfValues, type Network, type Tensor } from "@deep-compression/network";

/** A constant of a graph model. */
export interface Constant {
  readonly type: "float32" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly values: readonly number[];
  /** Codes of one byte: a value is min + code x scale. */
  readonly quantization?: { readonly dtype: "uint8"; readonly min: number; readonly scale: number };
}

/** A list of whole numbers. */
export function whole(...values: readonly number[]): Constant {
  return { type: "int32", shape: [values.length], values };
}

/** One whole number. */
export function one(value: number): Constant {
  return { type: "int32", shape: [], values: [value] };
}

export function float(shape: readonly number[], values: readonly number[]): Constant {
  return { type: "float32", shape, values };
}

/** Attributes as GraphDef has them. */
export const attr = {
  int: (value: number) => ({ i: String(value) }),
  ints: (values: readonly number[]) => ({ list: { i: values.map(String) } }),
  float: (value: number) => ({ f: value }),
  bool: (value: boolean) => ({ b: value }),
  text: (value: string) => ({ s: btoa(value) }),
  texts: (values: readonly string[]) => ({ list: { s: values.map((value) => btoa(value)) } }),
  type: (value: string) => ({ type: value }),
};

export interface TestNode {
  readonly name?: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr?: Readonly<Record<string, object>>;
}

/** A graph: inputs by name, constants by name, nodes, and the outputs' names. */
export interface TestGraph {
  readonly inputs?: Readonly<Record<string, { readonly dtype?: string; readonly shape: readonly number[] }>>;
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly nodes: readonly TestNode[];
  readonly outputs?: readonly string[];
}

/** What tf.io.fromMemory takes, and the files of the same. */
export interface TestArtifacts {
  readonly modelTopology: object;
  readonly format?: string;
  readonly signature?: object;
  readonly weightSpecs: readonly object[];
  readonly weightData: ArrayBuffer;
}

const DTYPES = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" } as const;

/** A graph model. Nodes without a name are "out"; outputs are "out" unless told. */
export function graphModel({ inputs = {}, constants = {}, nodes, outputs = ["out"] }: TestGraph): TestArtifacts {
  const shapeOf = (shape: readonly number[]) => ({ shape: { dim: shape.map((size) => ({ size: String(size) })) } });
  const placeholders = Object.entries(inputs).map(([name, { dtype = "DT_FLOAT", shape }]) => {
    return { name, op: "Placeholder", attr: { dtype: { type: dtype }, shape: shapeOf(shape) } };
  });
  const constantNodes = Object.entries(constants).map(([name, { type }]) => {
    return { name, op: "Const", attr: { dtype: { type: DTYPES[type] } } };
  });
  const node = [...placeholders, ...constantNodes, ...nodes.map((one) => ({ name: "out", ...one }))];
  const weightSpecs = Object.entries(constants).map(([name, { type, shape, quantization }]) => {
    return {
      name,
      shape,
      dtype: type,
      ...(quantization && { quantization: { ...quantization, original_dtype: type } }),
    };
  });
  const parts = Object.values(constants).map(({ type, values, quantization }) => {
    return elementsOfValues(quantization?.dtype ?? type, Float64Array.from(values));
  });
  const named = Object.fromEntries(outputs.map((name) => [name, { name: name.includes(":") ? name : `${name}:0` }]));
  const data = Buffer.concat(parts);
  return {
    modelTopology: { node, versions: { producer: 1 } },
    format: "graph-model",
    signature: { outputs: named },
    weightSpecs,
    weightData: data.buffer.slice(data.byteOffset, data.byteOffset + data.length) as ArrayBuffer,
  };
}

/** Opens what tf.io.fromMemory takes as a model.json with one file of weights. */
export function openArtifacts({
  modelTopology,
  format,
  signature,
  weightSpecs,
  weightData,
}: TestArtifacts): Promise<OpenedModel> {
  const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
  const json = new TextEncoder().encode(JSON.stringify({ format, modelTopology, signature, weightsManifest }));
  const folder = async (name: string) => (name === "weights.bin" ? bytesSource(new Uint8Array(weightData)) : undefined);
  return openModel(bytesSource(json), { name: "model.json", folder });
}

/** A model in memory. @throws Error for one without a graph */
export async function networkOf({ network, graphProblem }: OpenedModel): Promise<Network> {
  const { graph } = network;
  if (graph === undefined) throw new Error(graphProblem ?? "no graph");
  const tensors: Tensor[] = [];
  for (const { name, type, shape, read } of network.tensors) tensors.push({ name, type, shape, bytes: await read() });
  return { graph, tensors };
}
