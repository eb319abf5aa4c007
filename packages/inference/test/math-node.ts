import {
  denseWeights,
  type ElementArray,
  OPERATORS,
  plainKernels,
  prepareWith,
  type ShapedArray,
} from "@deep-compression/inference";
import type { Attribute, ElementType, ValueInfo } from "@deep-compression/network";

/** An array of a type, of integers of 64 bits too. */
export function array(type: ElementType, shape: readonly number[], values: readonly number[]): ShapedArray {
  const data: Partial<Record<ElementType, () => ElementArray>> = {
    float64: () => Float64Array.from(values),
    bool: () => Uint8Array.from(values),
    int4: () => Int8Array.from(values),
    uint4: () => Uint8Array.from(values),
    int8: () => Int8Array.from(values),
    uint8: () => Uint8Array.from(values),
    int16: () => Int16Array.from(values),
    uint16: () => Uint16Array.from(values),
    int32: () => Int32Array.from(values),
    uint32: () => Uint32Array.from(values),
    int64: () => BigInt64Array.from(values, BigInt),
    uint64: () => BigUint64Array.from(values, BigInt),
  };
  return { type, shape, data: data[type]?.() ?? Float32Array.from(values) };
}

/** A float32 vector. */
export function vector(...values: readonly number[]): ShapedArray {
  return array("float32", [values.length], values);
}

/** How a node is run. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly opset?: number;
  /** How many outputs it has; default: 1. */
  readonly outputs?: number;
  readonly kernels?: "wasm" | "plain";
}

/** Runs one node on its inputs; an absent one is undefined. */
export function runNode(
  op: string,
  inputs: readonly (ShapedArray | undefined)[],
  { attributes = {}, opset = 21, outputs = 1, kernels = "wasm" }: NodeOptions = {},
): readonly ShapedArray[] {
  const names = inputs.map((input, i) => (input === undefined ? "" : `x${i}`));
  const given = Object.fromEntries(
    inputs.flatMap((input, i) => (input === undefined ? [] : [[`x${i}`, input] as const])),
  );
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const graph = {
    opset,
    inputs: Object.entries(given).map(([name, { type, shape }]): ValueInfo => ({ name, shape, ...(type && { type }) })),
    outputs: results.map((name) => ({ name })),
    nodes: [{ op, inputs: names, outputs: results, attributes }],
  };
  const weights = denseWeights({ graph, tensors: [] });
  // The operator alone: it has no loops but those that it names.
  const operators = Object.fromEntries(Object.entries(OPERATORS).filter(([name]) => name === op));
  const run = prepareWith({ graph }, weights, { operators, kernels, plain: plainKernels }).run(given);
  return results.map((name) => run[name]!);
}

/** The elements of the first output as numbers. */
export function numbersOf(
  op: string,
  inputs: readonly (ShapedArray | undefined)[],
  options: NodeOptions = {},
): readonly number[] {
  return Array.from(runNode(op, inputs, options)[0]!.data as ArrayLike<number | bigint>, Number);
}

/** Row-major indices of an array of a shape, in order. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

/** Where the element of an index of a larger shape is, in an array that broadcasts to it. */
export function placeIn(shape: readonly number[], index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return shape.reduce((place, size, axis) => place * size + (size === 1 ? 0 : own[axis]!), 0);
}
