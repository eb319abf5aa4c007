import { floatTensor, type Network, type Node } from "@deep-compression/network";
import type { Samples } from "@deep-compression/training";

/** A layer of a small test network: outputs of a Gemm, channels and kernel of a Conv. */
export type LayerSpec =
  | { readonly op: "Gemm"; readonly outputs: number }
  | { readonly op: "Conv"; readonly channels: number; readonly kernel: number }
  | { readonly op: "MaxPool" | "Relu" | "Flatten" };

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function uniform(count: number, scale: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => scale * (2 * random() - 1));
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

function weightShape(layer: LayerSpec, shape: readonly number[]): readonly number[] | undefined {
  if (layer.op === "Gemm") return [layer.outputs, product(shape)];
  if (layer.op === "Conv") return [layer.channels, shape[0], layer.kernel, layer.kernel];
  return undefined;
}

function outputShape(layer: LayerSpec, [channels, height, width]: readonly number[]): readonly number[] {
  if (layer.op === "Gemm") return [layer.outputs];
  if (layer.op === "Conv") return [layer.channels, height - layer.kernel + 1, width - layer.kernel + 1];
  if (layer.op === "MaxPool") return [channels, height / 2, width / 2];
  if (layer.op === "Flatten") return [channels * height * width];
  return height === undefined ? [channels] : [channels, height, width];
}

const attributes: Readonly<Record<LayerSpec["op"], Node["attributes"]>> = {
  Gemm: { transB: 1 },
  Conv: {},
  MaxPool: { kernel_shape: [2, 2], strides: [2, 2] },
  Relu: {},
  Flatten: {},
};

/** A chain with random weights and biases; layer n's tensors are `n.weight` and `n.bias`, counted from 0. */
export function chainNetwork(options: {
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
  readonly random: () => number;
}): Network {
  const { inputShape, layers, random } = options;
  const tensors: Network["tensors"][number][] = [];
  let shape = inputShape;
  const nodes = layers.map((layer, n): Node => {
    const weight = weightShape(layer, shape);
    shape = outputShape(layer, shape);
    const value = n === 0 ? "input" : `value${n}`;
    const outputs = [n + 1 === layers.length ? "output" : `value${n + 1}`];
    if (!weight) return { op: layer.op, inputs: [value], outputs, attributes: attributes[layer.op] };
    const scale = Math.sqrt(3 / product(weight.slice(1)));
    tensors.push(floatTensor(`${n}.weight`, weight, uniform(product(weight), scale, random)));
    tensors.push(floatTensor(`${n}.bias`, [weight[0]], uniform(weight[0], 0.3, random)));
    const inputs = [value, `${n}.weight`, `${n}.bias`];
    return { op: layer.op, inputs, outputs, attributes: attributes[layer.op] };
  });
  const info = (name: string, dimensions: readonly number[]) =>
    ({ name, type: "float32", shape: ["N", ...dimensions] }) as const;
  return {
    graph: { opset: 13, inputs: [info("input", inputShape)], outputs: [info("output", shape)], nodes },
    tensors,
  };
}

/** Labelled noise: float inputs in [-1, 1). */
export function noise(options: {
  readonly count: number;
  readonly size: number;
  readonly classes: number;
  readonly random: () => number;
}): Samples & { readonly inputs: Float32Array } {
  const { count, size, classes, random } = options;
  const inputs = uniform(count * size, 1, random);
  return { inputs, labels: Uint8Array.from({ length: count }, () => Math.floor(random() * classes)) };
}

/** A dense and a convolutional network that hold every kind of layer, with samples for them. */
export function smallNetworks(): readonly {
  readonly name: string;
  readonly network: Network;
  readonly samples: Samples;
}[] {
  const random = randomFrom(11);
  const relu = { op: "Relu" } as const;
  const dense = chainNetwork({
    inputShape: [13],
    layers: [{ op: "Gemm", outputs: 10 }, relu, { op: "Gemm", outputs: 9 }, relu, { op: "Gemm", outputs: 4 }],
    random,
  });
  const convolutional = chainNetwork({
    inputShape: [1, 10, 10],
    layers: [
      { op: "Conv", channels: 3, kernel: 3 },
      { op: "MaxPool" },
      { op: "Conv", channels: 5, kernel: 3 },
      { op: "MaxPool" },
      { op: "Flatten" },
      { op: "Gemm", outputs: 6 },
      relu,
      { op: "Gemm", outputs: 4 },
    ],
    random,
  });
  return [
    { name: "a dense network", network: dense, samples: noise({ count: 60, size: 13, classes: 4, random }) },
    {
      name: "a convolutional network",
      network: convolutional,
      samples: noise({ count: 60, size: 100, classes: 4, random }),
    },
  ];
}
