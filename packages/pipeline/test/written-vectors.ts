import { toFloat16 } from "@deep-compression/bits";
import { readContainer, writeContainer } from "@deep-compression/container";
import { float, floatTensor, type Network, type Node, type Tensor } from "@deep-compression/network";
import { compress, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

/** Files that our own code writes, for test-vectors/container/valid and for the second implementation to decode. */
export interface WrittenVector {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const value = (name: string, ...shape: (string | number)[]) => ({ name, type: "float32" as const, shape });

/** A matrix of a few values and mostly zeros, with columns of nothing at both ends. */
function sparseValues(shape: readonly [number, number], seed: number): Float32Array {
  const [rows, columns] = shape;
  const random = seededRandom(seed);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const column = i % columns;
    const alive = column > columns / 8 && column < columns - columns / 5;
    return alive && random() < 0.15 ? (random() < 0.7 ? -0.5 : 1 / 3) : 0;
  });
}

/** Two layers, metadata, a tensor of another type: pruned, shared and rounded by the plan. */
function network(): { readonly network: Network; readonly plan: Plan } {
  const random = seededRandom(5);
  const noise = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
  const nodes: Node[] = [
    { op: "Gemm", inputs: ["input", "ip1.weight", "ip1.bias"], outputs: ["value0"], attributes: { transB: 1 } },
    { op: "Relu", inputs: ["value0"], outputs: ["value1"], attributes: {} },
    { op: "Gemm", inputs: ["value1", "ip2.weight", "ip2.bias"], outputs: ["output"], attributes: { transB: 1 } },
  ];
  const graph = { opset: 13, inputs: [value("input", "N", 24)], outputs: [value("output", "N", 3)], nodes };
  const tensors = [
    floatTensor("ip1.weight", [16, 24], noise(16 * 24)),
    floatTensor("ip1.bias", [16], noise(16)),
    floatTensor("ip2.weight", [3, 16], noise(3 * 16)),
    floatTensor("ip2.bias", [3], noise(3)),
    { name: "labels", type: "int8" as const, shape: [3], bytes: Uint8Array.of(0, 1, 255) },
  ];
  const plan: Plan = {
    default: { centroids: "float16" },
    tensors: {
      "*.weight": { sparsity: 0.8, share: { size: 8 }, centroids: "float16" },
      "ip1.bias": { share: { size: 4 }, centroids: "float32" },
    },
    metadata: { made: "by compress" },
  };
  return { network: { graph, tensors }, plan };
}

/** A graph with an attribute of every kind. */
function attributes(): Network {
  const constant = { name: "c", type: "int64" as const, shape: [1], bytes: Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0) };
  const node = {
    op: "Custom",
    name: "one of each",
    inputs: ["x", "", "w"],
    outputs: ["y", "rest"],
    attributes: {
      int: -3,
      ints: [1, -2, 300],
      float: float(0.1),
      floats: { floats: [0.5, -1] },
      string: "é",
      strings: { strings: ["a", "Gemm", ""] },
      tensor: { tensor: constant },
    },
  };
  const graph = {
    name: "attributes",
    opset: 17,
    inputs: [value("x", 1, "batch"), value("")],
    outputs: [value("y")],
    nodes: [node],
  };
  return { graph, tensors: [floatTensor("w", [], Float32Array.of(1 / 3))] };
}

/** As many tensors as forms of the same matrix; the filter of a convolution; codes of two bytes. */
function forms(): Network {
  const tensors = [
    floatTensor("columns", [20, 40], sparseValues([20, 40], 1)),
    floatTensor("filter", [8, 3, 3, 3], sparseValues([8, 27], 2)),
    floatTensor(
      "dense",
      [30],
      Float32Array.from({ length: 30 }, (_, i) => [0.25, -4, 1.5][i % 3]),
    ),
    floatTensor("dying", [50], new Float32Array(50)),
  ];
  return { graph: undefined, tensors };
}

/** Elements of several types that deflate, in planes or not, and two equal tensors. */
function deflated(): Network {
  const bytesOf = (values: BigInt64Array | Uint16Array | Float64Array) => new Uint8Array(values.buffer);
  const tensors: Tensor[] = [
    {
      name: "int64",
      type: "int64",
      shape: [40],
      bytes: bytesOf(BigInt64Array.from({ length: 40 }, (_, i) => 2n ** 40n * BigInt(i - 7) + 1n)),
    },
    {
      name: "float16",
      type: "float16",
      shape: [90],
      bytes: bytesOf(Uint16Array.from({ length: 90 }, (_, i) => 0x3c00 + i * i)),
    },
    { name: "bool", type: "bool", shape: [8, 8], bytes: new Uint8Array(64).fill(1) },
    {
      name: "float64",
      type: "float64",
      shape: [2, 20],
      bytes: bytesOf(Float64Array.from({ length: 40 }, (_, i) => i / 7)),
    },
  ];
  const tied = tensors.map((tensor) => ({ ...tensor, name: `${tensor.name} again` }));
  return { graph: undefined, tensors: [...tensors, ...tied] };
}

/** Numbers as weights are, around 0. */
function weights(length: number): Float32Array {
  const random = seededRandom(length);
  return Float32Array.from({ length }, () => (random() + random() + random() - 1.5) * random());
}

/** Elements of several types whose most significant bytes are symbol streams. */
function split(): Network {
  const [float32, wide] = [weights(300), weights(200)];
  const halves = (type: "float16" | "bfloat16", values: Uint16Array): Tensor => ({
    name: type,
    type,
    shape: [values.length],
    bytes: new Uint8Array(values.buffer),
  });
  const tensors: Tensor[] = [
    floatTensor("float32", [20, 15], float32),
    halves("float16", Uint16Array.from(weights(400), toFloat16)),
    halves(
      "bfloat16",
      Uint16Array.from(new Uint32Array(float32.buffer), (bits) => bits >>> 16),
    ),
    {
      name: "float64",
      type: "float64",
      shape: [200],
      bytes: new Uint8Array(Float64Array.from(wide, (weight) => weight / 3).buffer),
    },
  ];
  return { graph: undefined, tensors };
}

/** Weights of other types with a loss, integers without, elements that fit a narrower type, and a pruned matrix of distinct values. */
function typed(): { readonly network: Network; readonly plan: Plan } {
  const bytesOf = ({ buffer }: Uint16Array | Float64Array | Int32Array) => new Uint8Array(buffer);
  const pruned = weights(640).map((weight, i) => (i % 5 === 0 ? weight : 0));
  const whole = Int32Array.from({ length: 120 }, (_, i) => ((i * i) % 11) - 4);
  const tensors: Tensor[] = [
    { name: "float16", type: "float16", shape: [12, 25], bytes: bytesOf(Uint16Array.from(weights(300), toFloat16)) },
    {
      name: "bfloat16",
      type: "bfloat16",
      shape: [12, 25],
      bytes: bytesOf(Uint16Array.from(new Uint32Array(weights(300).buffer), (bits) => bits >>> 16)),
    },
    {
      name: "float64",
      type: "float64",
      shape: [100],
      bytes: bytesOf(Float64Array.from(weights(100), (one) => one / 3)),
    },
    { name: "int32", type: "int32", shape: [10, 12], bytes: bytesOf(whole) },
    {
      name: "int4",
      type: "int4",
      shape: [9, 9],
      bytes: Uint8Array.from({ length: 41 }, (_, i) => (i < 40 ? 0x10 * (i % 2) : 3)),
    },
    floatTensor("pruned", [16, 40], pruned),
    floatTensor(
      "zeros of both signs",
      [90],
      Float32Array.from({ length: 90 }, (_, i) => (i % 9 === 0 ? 2 ** -20 * i : -0)),
    ),
  ];
  const lossy = { maxError: 0.001 };
  const plan = { default: {}, tensors: { float16: lossy, bfloat16: lossy, float64: lossy } };
  return { network: { graph: undefined, tensors }, plan };
}

/** Matrices that repeat themselves: their sections are wrapped, whatever the form. */
function wrapped(): Network {
  const waves = Float32Array.from({ length: 1024 }, (_, i) => Math.round(9 + 9 * Math.cos((Math.PI * i) / 32)) / 8);
  const steps = new Uint8Array(BigInt64Array.from({ length: 3000 }, (_, i) => BigInt((i * i) % 64)).buffer);
  const tensors: Tensor[] = [
    floatTensor("waves", [16, 64], waves),
    floatTensor(
      "squares",
      [700],
      Float32Array.from({ length: 700 }, (_, i) => (i * i) % 257),
    ),
    { name: "steps", type: "int64", shape: [3000], bytes: steps },
  ];
  return { graph: undefined, tensors };
}

/** Layers enough for names and nodes that repeat themselves: directory and graph are mixed. */
function layered(): Network {
  const layers = Array.from({ length: 24 }, (_, i) => `encoder.layer.${i}.attention`);
  const nodes: Node[] = layers.map((layer, i) => ({
    op: "Gemm",
    name: `/${layer}/Gemm`,
    inputs: [i === 0 ? "input" : `/${layers[i - 1]}/output`, `${layer}.weight`, `${layer}.bias`],
    outputs: [i === layers.length - 1 ? "output" : `/${layer}/output`],
    attributes: { transB: 1 },
  }));
  const graph = { opset: 17, inputs: [value("input", "N", 2)], outputs: [value("output", "N", 2)], nodes };
  const tensors = layers.flatMap((layer, i) => [
    floatTensor(`${layer}.weight`, [2, 2], Float32Array.of(i, 0, -i, 1 / 3)),
    floatTensor(`${layer}.bias`, [2], Float32Array.of(i % 5, 1)),
  ]);
  return { graph, tensors };
}

/** Two tensors whose holes are of both encodings, in two files that the second hole reaches across. */
function enveloped(): Uint8Array {
  const weight = floatTensor("encoder.layer.0.weight", [4, 4], sparseValues([4, 4], 3));
  const shape = {
    name: "shape",
    type: "int32" as const,
    shape: [3],
    bytes: Uint8Array.of(1, 0, 0, 0, 44, 1, 0, 0, 255, 255, 255, 255),
  };
  const { tensors } = readContainer(compress({ graph: undefined, tensors: [shape, weight] }, lossless).bytes);
  const skeleton = new TextEncoder().encode("\b\t:shape, encoder.layer.0.weight, Gemm transB");
  const envelope = {
    format: 1,
    files: [
      { name: "model.onnx", byteLength: 60 },
      { name: "external/data", byteLength: 13 + 64 + skeleton.length - 60 },
    ],
    holes: [
      { start: 10, length: 13, encoding: "varints" as const },
      { start: 26, length: 64, encoding: "bytes" as const },
    ],
    skeleton,
  };
  return writeContainer({ metadata: { of: "an envelope" }, model: { kind: "envelope", envelope }, tensors });
}

const lossless: Plan = { default: {} };

/** Small files, a few hundred bytes each. */
export function smallVectors(): WrittenVector[] {
  const { network: trained, plan } = network();
  const types = typed();
  const random = seededRandom(11);
  const wide = Float32Array.from({ length: 700 }, () => Math.floor(300 * random()));
  const wideNetwork = { graph: undefined, tensors: [floatTensor("w", [700], wide)] };
  return [
    { name: "ts-network", bytes: compress(trained, plan).bytes },
    { name: "ts-attributes", bytes: compress(attributes(), lossless).bytes },
    { name: "ts-forms", bytes: compress(forms(), lossless).bytes },
    { name: "ts-forms-gaps", bytes: compress(forms(), { default: { form: "gaps", gapBits: 3 } }).bytes },
    {
      name: "ts-forms-bitmask",
      bytes: compress(forms(), { default: { form: "bitmask", order: "column-major" } }).bytes,
    },
    { name: "ts-codes-of-two-bytes", bytes: compress(wideNetwork, { default: { form: "bitmask" } }).bytes },
    { name: "ts-deflated", bytes: compress(deflated(), lossless).bytes },
    { name: "ts-split", bytes: compress(split(), lossless).bytes },
    { name: "ts-types", bytes: compress(types.network, types.plan).bytes },
    { name: "ts-envelope", bytes: enveloped() },
    { name: "ts-mixed", bytes: compress(layered(), lossless).bytes },
    ...(["dense", "gaps", "bitmask"] as const).map((form) => {
      return { name: `ts-wrapped-${form}`, bytes: compress(wrapped(), { default: { form } }).bytes };
    }),
  ];
}

/** Streams in chunks of 65,536 symbols. */
export function longVectors(): WrittenVector[] {
  const random = seededRandom(9);
  const values = Float32Array.from({ length: 280 * 280 }, () =>
    random() < 0.1 ? 0 : Math.ceil(4 * random() ** 2) / 4,
  );
  const tensors = [floatTensor("w", [280, 280], values)];
  const file = (form: "dense" | "gaps" | "bitmask") =>
    compress({ graph: undefined, tensors }, { default: { form } }).bytes;
  const long = (["dense", "gaps", "bitmask"] as const).map((form) => ({ name: `ts-long-${form}`, bytes: file(form) }));
  const inChunks = { graph: undefined, tensors: [floatTensor("w", [70, 1000], weights(70_000))] };
  return [
    ...long,
    { name: "ts-long-classes", bytes: compress(clumped(), { default: { form: "gaps" } }).bytes },
    { name: "ts-long-split", bytes: compress(inChunks, lossless).bytes },
  ];
}

/** A matrix whose rows and columns are of four densities each. */
function clumped(): Network {
  const random = seededRandom(10);
  const shape = [400, 900];
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => {
    const density = 2 ** -(Math.floor(i / shape[1]) % 4) * 2 ** -(i % 4);
    return random() < density ? (random() < 0.7 ? -0.5 : 1 / 3) : 0;
  });
  return { graph: undefined, tensors: [floatTensor("w", shape, values)] };
}
