import { elementCount } from "@deep-compression/bits";
import { type Attribute, floatTensor, type Network, type Node, type Tensor } from "@deep-compression/network";
import type { NamedTensors } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";

/** Numbers about 0 of variance 1, about normal. */
export function noise(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => (random() + random() + random() + random() - 2) * Math.sqrt(3));
}

export function randomTensor(name: string, shape: readonly number[], seed: number, scale = 1): Tensor {
  return floatTensor(
    name,
    shape,
    noise(elementCount(shape), seed).map((value) => scale * value),
  );
}

/** Inputs whose columns are alike, as those of real layers are. @returns batches of `size` items each */
export function batchesOf(
  name: string,
  item: readonly number[],
  options: { readonly batches: number; readonly size: number; readonly seed?: number },
): readonly NamedTensors[] {
  const { batches, size, seed = 1 } = options;
  const length = elementCount(item);
  return Array.from({ length: batches }, (_, b) => {
    const own = noise(size * length, 100 * seed + b);
    const common = noise(size, 7000 + 100 * seed + b);
    const values = own.map((value, i) => common[Math.floor(i / length)]! * Math.cos(i % length) + 0.4 * value);
    return new Map([[name, floatTensor(name, [size, ...item], values)]]);
  });
}

export function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Node {
  return { op, inputs, outputs: [output], attributes };
}

/** A network from "x" to "y" whose tensors are filled at random. */
export function networkOf(
  nodes: readonly Node[],
  shapes: Readonly<Record<string, readonly number[]>>,
  item: readonly number[],
): Network {
  const tensors = Object.entries(shapes).map(([name, shape], i) => {
    const inputs = elementCount(shape.slice(1));
    return name.startsWith("variance")
      ? floatTensor(
          name,
          shape,
          noise(elementCount(shape), i + 1).map((value) => 0.5 + value * value),
        )
      : randomTensor(name, shape, i + 1, shape.length > 1 ? 1 / Math.sqrt(inputs) : 0.3);
  });
  return {
    graph: {
      opset: 13,
      inputs: [{ name: "x", type: "float32", shape: ["N", ...item] }],
      outputs: [{ name: "y" }],
      nodes,
    },
    tensors,
  };
}

const PADDED = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };

/** Convolutions with a skip connection, and a fully connected layer: of operators that our session runs. */
export function residualNetwork(): Network {
  return networkOf(
    [
      node("Conv", ["x", "w1", "b1"], "c1", PADDED),
      node("Relu", ["c1"], "r1"),
      node("Conv", ["r1", "w2", "b2"], "c2", PADDED),
      node("Relu", ["c2"], "r2"),
      node("Conv", ["r2", "w3", "b3"], "c3", PADDED),
      node("Add", ["c3", "r1"], "sum"),
      node("Relu", ["sum"], "r3"),
      node("Flatten", ["r3"], "flat"),
      node("Gemm", ["flat", "w4", "b4"], "y", { transB: 1 }),
    ],
    { w1: [8, 3, 3, 3], b1: [8], w2: [8, 8, 3, 3], b2: [8], w3: [8, 8, 3, 3], b3: [8], w4: [10, 288], b4: [10] },
    [3, 6, 6],
  );
}

/** The squared error of outputs, relative to their energy, over all batches. */
export function outputError(dense: readonly NamedTensors[], compressed: readonly NamedTensors[], name = "y"): number {
  let [error, energy] = [0, 0];
  for (const [i, values] of dense.entries()) {
    const [one, other] = [values.get(name)!, compressed[i]!.get(name)!].map(
      ({ bytes }) => new Float32Array(bytes.slice().buffer),
    );
    for (const [at, value] of one!.entries()) {
      error += (value - other![at]!) ** 2;
      energy += value ** 2;
    }
  }
  return error / energy;
}
