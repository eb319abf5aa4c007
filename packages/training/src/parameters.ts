import { floatValues, type Graph, type Network, numericValues, type Tensor } from "@deep-compression/network";
import { quoted, quotedList } from "@deep-compression/runtime";
import type { Arena } from "./arena";

/**
 * One tensor that is trained. Addresses in bytes; every array is padded with zeros to a multiple of four elements.
 * A mask or a codebook, when there is one, holds the weights: pruned ones at zero, shared ones at their centroid.
 */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly weights: number;
  /** Adam's moments; the first is SGD's velocity. */
  readonly moments: readonly [number, number];
  /** Gradients of thread 0; thread t's are `gradientStride` * t bytes on. */
  readonly gradients: number;
  /** 0 or 1 a weight, as floats. Always there; `masked` tells whether it is used. */
  readonly mask: number;
  masked: boolean;
  shared?: SharedParameter;
}

/** The codebook of a parameter: centroid 0 is the pruned zero and is never trained. */
export interface SharedParameter {
  readonly size: number;
  readonly centroids: number;
  readonly moments: readonly [number, number];
  /** Summed gradients of thread 0 by centroid (eq. 3); the stride is this codebook's own. */
  readonly gradients: number;
  readonly gradientStride: number;
  /** 16 bits a weight. */
  readonly codes: number;
  /** 0 for centroid 0, else 1. */
  readonly mask: number;
}

export interface Parameters {
  readonly list: readonly Parameter[];
  readonly gradientStride: number;
  named(name: string): Parameter;
  /** A tensor that is not trained: statistics, bounds, axes. */
  readonly constants: ReadonlyMap<string, Constant>;
}

export interface Constant {
  readonly tensor: Tensor;
  /** Its values in the arena, if they are float32. */
  readonly address: number;
}

/** Inputs of operators that are trained where they are tensors: weights, biases, scales. */
const TRAINED_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Gemm: [1, 2],
  MatMul: [1],
  Conv: [1, 2],
  BatchNormalization: [1, 2],
  Add: [0, 1],
};

/** Names that nodes read at places where nothing is trained, and nowhere else. */
function constantNames({ nodes }: Graph): ReadonlySet<string> {
  const constants = new Set<string>();
  const trained = new Set<string>();
  for (const { op, inputs } of nodes) {
    const places = Object.hasOwn(TRAINED_INPUTS, op) ? TRAINED_INPUTS[op]! : [];
    for (const [place, name] of inputs.entries()) (places.includes(place) ? trained : constants).add(name);
  }
  return new Set([...constants].filter((name) => !trained.has(name)));
}

export function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/**
 * Takes room for every tensor of the network that is trained, and copies the weights in; for constants too.
 * @throws TypeError if one that is trained is not float32.
 */
export function allocateParameters(
  arena: Pick<Arena, "allocate" | "floats">,
  network: Network & { readonly graph: Graph },
  threads: number,
): Parameters {
  const names = constantNames(network.graph);
  const constants = new Map(
    network.tensors.filter(({ name }) => names.has(name)).map((tensor) => [tensor.name, placed(arena, tensor)]),
  );
  const trained = network.tensors.filter(({ name }) => !names.has(name));
  const counts = trained.map((tensor) => floatValues(tensor).length);
  const gradientStride = counts.reduce((total, count) => total + padded(count) * 4, 0);
  let gradients = arena.allocate(gradientStride * threads);
  const list = trained.map((tensor, index): Parameter => {
    const bytes = padded(counts[index]!) * 4;
    const parameter: Parameter = {
      name: tensor.name,
      shape: tensor.shape,
      count: counts[index]!,
      weights: arena.allocate(bytes),
      moments: [arena.allocate(bytes), arena.allocate(bytes)],
      gradients,
      mask: arena.allocate(bytes),
      masked: false,
    };
    gradients += bytes;
    arena.floats(parameter.weights, parameter.count).set(floatValues(tensor));
    return parameter;
  });
  const byName = new Map(list.map((parameter) => [parameter.name, parameter]));
  return {
    list,
    gradientStride,
    constants,
    named(name) {
      const found = byName.get(name);
      if (found) return found;
      throw new RangeError(`no tensor is named ${quoted(name)}; there are ${quotedList([...byName.keys()])}`);
    },
  };
}

function placed(arena: Pick<Arena, "allocate" | "floats">, tensor: Tensor): Constant {
  if (tensor.type !== "float32") return { tensor, address: 0 };
  const values = floatValues(tensor);
  const address = arena.allocate(padded(values.length) * 4);
  arena.floats(address, values.length).set(values);
  return { tensor, address };
}

/** The numbers of a constant; undefined if no constant is named so. */
export function constantNumbers({ constants }: Parameters, name: string | undefined): readonly number[] | undefined {
  const constant = constants.get(name ?? "");
  return constant && Array.from(numericValues(constant.tensor), Number);
}

/** Room for a codebook of `size` centroids, the pruned zero included: it starts with the centroids. */
export function allocateShared(arena: Arena, count: number, size: number, threads: number): SharedParameter {
  const bytes = padded(size) * 4;
  const centroids = arena.allocate(bytes * (4 + threads) + count * 2);
  const at = (index: number) => centroids + bytes * index;
  const arrays = { moments: [at(1), at(2)], mask: at(3), gradients: at(4), codes: at(4 + threads) } as const;
  return { size, centroids, gradientStride: bytes, ...arrays };
}
