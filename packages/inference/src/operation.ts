import { describeNode, misfit, type Node, type Window, windowsOf } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import type { Lanes } from "./row-kernels";
import { constantValues, type ShapedWeight } from "./weight-source";

/** What a node reads: a value computed from the graph's inputs (`shape` is of one item), or a weight. */
export type Operand =
  | { readonly kind: "activation"; readonly name: string; readonly shape: readonly number[] }
  | { readonly kind: "weight"; readonly name: string; readonly weight: ShapedWeight };

/** What an operator is prepared from. An absent optional input is undefined. */
export interface Site {
  readonly node: Node;
  readonly operands: readonly (Operand | undefined)[];
  readonly opset: number;
  /** The batch the graph declares, if it is a number. */
  readonly declaredBatch: number | undefined;
}

/** The buffers of one call, each [feature][lane]. `scratch` holds `scratchFeatures`, whatever it held before. */
export interface Buffers {
  readonly inputs: readonly [Float32Array, ...Float32Array[]];
  readonly output: Float32Array;
  readonly scratch: Float32Array;
  readonly lanes: Lanes;
}

/** A prepared node. Without `run` its output is its first activation under another shape. */
export interface Operation {
  /** Of one item: without the batch. */
  readonly shape: readonly number[];
  readonly run?: (buffers: Buffers) => void;
  readonly scratchFeatures?: number;
  readonly weightBytes?: number;
  /** The only batch that it can run with, if there is one. */
  readonly batch?: number;
}

/** Prepares one node. @throws TypeError, RangeError naming the node and what was expected */
export type Operator = (site: Site) => Operation;

/** An input that is computed. @throws TypeError naming the node */
export function activationAt({ node, operands }: Site, index: number): Operand & { kind: "activation" } {
  const operand = operands[index];
  if (operand?.kind === "activation") return operand;
  const got = operand ? `the weight ${quoted(operand.name)}` : "none";
  throw new TypeError(`${describeNode(node)}: input ${index} expected a value computed from the input, got ${got}`);
}

/** An input that is a weight of this rank. @throws TypeError, RangeError naming the node */
export function weightAt({ node, operands }: Site, index: number, rank: number): Operand & { kind: "weight" } {
  const operand = operands[index];
  if (operand?.kind !== "weight") {
    const got = operand ? `the computed value ${quoted(operand.name)}` : "none";
    throw new TypeError(`${describeNode(node)}: input ${index} expected a weight, got ${got}`);
  }
  const { shape } = operand.weight;
  if (shape.length === rank) return operand;
  throw misfit(node, `weight ${quoted(operand.name)} expected rank ${rank}, got shape ${shapeText(shape)}`);
}

/** A bias of `size` values, scaled; a single value stands for all. Undefined if the node has none. @throws TypeError, RangeError */
export function biasAt(site: Site, index: number, options: { readonly size: number; readonly scale: number }) {
  const operand = site.operands[index];
  if (operand === undefined) return undefined;
  const { size, scale } = options;
  if (operand.kind !== "weight") throw new TypeError(`${describeNode(site.node)}: input ${index} expected a weight`);
  const { shape } = operand.weight;
  const values = constantValues(operand.name, operand.weight);
  const vector = shape.slice(0, -1).every((dimension) => dimension === 1);
  if (!vector || (values.length !== size && values.length !== 1))
    throw misfit(
      site.node,
      `bias ${quoted(operand.name)} expected shape ${shapeText([size])}, got ${shapeText(shape)}`,
    );
  return Float32Array.from({ length: size }, (_, i) => scale * values[values.length === 1 ? 0 : i]!);
}

/** Most elements of one item's values together: a hostile graph may not ask for more. VGG-16 takes 2^25. */
export const MAX_FEATURES = 2 ** 26;

/** The windows of a two-dimensional Conv or pooling node over an item [channels, height, width]. @throws as `windowsOf` */
export function planesAt(site: Site, kernel?: readonly number[]) {
  const { node } = site;
  const [channels = 0, ...plane] = activationAt(site, 0).shape;
  if (plane.length !== 2)
    throw misfit(node, `expected an input [N,channels,height,width], got ${shapeText(["N", channels, ...plane])}`);
  const [vertical, horizontal] = windowsOf(node, plane, kernel) as readonly [Window, Window];
  const [height, width] = [paddedLength(vertical), paddedLength(horizontal)];
  const features = channels * height * width;
  if (!(features <= MAX_FEATURES))
    throw misfit(node, `expected at most ${MAX_FEATURES} padded inputs, got ${features}`);
  return { channels, height, width, vertical, horizontal };
}

function paddedLength({ padBegin, input, padEnd }: Window): number {
  return padBegin + input + padEnd;
}
