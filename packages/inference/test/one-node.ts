import { type NamedArrays, prepare, type ShapedArray } from "@deep-compression/inference";
import type { Attribute, ElementType } from "@deep-compression/network";

/** An array by its shape and numbers. */
export function array(shape: readonly number[], values: ArrayLike<number>, type: ElementType = "float32"): ShapedArray {
  const data = {
    int8: () => Int8Array.from(values),
    uint8: () => Uint8Array.from(values),
    int32: () => Int32Array.from(values),
    int64: () => BigInt64Array.from(Array.from(values, BigInt)),
  }[type as string]?.();
  return { type, shape, data: data ?? Float32Array.from(values) };
}

/** What a node is besides its operator and inputs. */
export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly opset?: number;
  readonly outputs?: number;
  readonly kernels?: "plain" | "wasm";
}

/** Runs one node, whose inputs are all given when it runs; undefined: an input that is not there. */
export function runNode(op: string, inputs: readonly (ShapedArray | undefined)[], options: NodeOptions = {}) {
  const { attributes = {}, opset = 17, outputs = 1, kernels } = options;
  const given: Record<string, ShapedArray> = {};
  const names = inputs.map((input, index) => {
    if (input === undefined) return "";
    given[`x${index}`] = input;
    return `x${index}`;
  });
  const made = Array.from({ length: outputs }, (_, index) => `y${index}`);
  const graph = {
    opset,
    inputs: Object.entries(given).map(([name, { type = "float32" as const }]) => ({ name, type })),
    outputs: made.map((name) => ({ name })),
    nodes: [{ op, inputs: names, outputs: made, attributes, name: "node" }],
  };
  const none = {
    weight(name: string): never {
      throw new RangeError(`no weight ${name}`);
    },
  };
  const results = prepare({ graph }, none, kernels && { kernels }).run(given as NamedArrays);
  return made.map((name) => results[name]!);
}
