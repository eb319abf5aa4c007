import { floatAttribute, intsAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyMapped, copyPart } from "../copy-elements";
import { isBigArray } from "../element-arrays";
import { type Context, type Inputs, integersOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { checkSameType } from "./element-kinds";
import { axesOf } from "./operands";

/** Elements before and behind an axis; negative ones are cut off. */
type Pads = readonly (readonly [before: number, behind: number])[];

/** Which element of an axis of `size` stands at an index outside. */
type Mode = (index: number, size: number) => number;

const MODES: Readonly<Record<string, Mode>> = {
  edge: (index, size) => Math.min(size - 1, Math.max(0, index)),
  reflect(index, size) {
    const period = Math.max(1, 2 * (size - 1));
    const within = modulo(index, period);
    return Math.min(within, period - within) % size;
  },
  wrap: modulo,
};

function modulo(index: number, size: number): number {
  return ((index % size) + size) % size;
}

/** Pad: elements around a value: a constant, or those of the value repeated or mirrored. */
export const pad: Operator = ({ node }) => {
  const name = stringAttribute(node, "mode", "constant");
  const mode = Object.hasOwn(MODES, name) ? MODES[name] : undefined;
  if (mode === undefined && name !== "constant")
    throw misfit(node, `mode expected constant, edge, reflect or wrap, got ${quoted(name)}`);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const pads = padsOf(node, inputs, x.shape.length);
      const shape = x.shape.map((size, axis) => size + pads[axis]![0] + pads[axis]![1]);
      if (shape.some((size) => size < 0))
        throw misfit(node, `pads of shape ${shapeText(x.shape)} leave less than nothing`);
      return [
        mode === undefined
          ? padded(node, { x, pads, shape, inputs, context })
          : mapped(node, { x, pads, shape, mode, context }),
      ];
    },
  };
};

function padsOf(node: Node, inputs: Inputs, rank: number): Pads {
  const list =
    inputs[1] === undefined
      ? (intsAttribute(node, "pads") ?? intsAttribute(node, "paddings"))
      : integersOf(node, inputs[1]);
  const axes =
    inputs[3] === undefined
      ? Array.from({ length: rank }, (_, axis) => axis)
      : axesOf(node, integersOf(node, inputs[3]), rank);
  if (list?.length !== 2 * axes.length)
    throw misfit(node, `pads expected ${2 * axes.length} numbers, got ${list?.length ?? "none"}`);
  const pads: [number, number][] = Array.from({ length: rank }, () => [0, 0]);
  for (const [i, axis] of axes.entries()) pads[axis] = [list[i]!, list[i + axes.length]!];
  return pads;
}

interface Padding {
  readonly x: Value;
  readonly pads: Pads;
  readonly shape: readonly number[];
  readonly context: Context;
}

function padded(node: Node, { x, pads, shape, inputs, context }: Padding & { readonly inputs: Inputs }): Value {
  const value = inputs[2];
  if (value !== undefined) {
    checkSameType(node, x, value);
    if (value.size !== 1) throw misfit(node, `the constant expected one number, got shape ${shapeText(value.shape)}`);
  }
  const output = context.output(x.type, shape);
  const { data } = output;
  const number = value === undefined ? floatAttribute(node, "value", 0) : value.data[0]!;
  data.fill((isBigArray(data) ? BigInt(number) : Number(number)) as never);
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  let [start, target] = [0, 0];
  const inner = x.shape.map((size, axis) => {
    const [before, behind] = pads[axis]!;
    start += Math.max(0, -before) * from[axis]!;
    target += Math.max(0, before) * to[axis]!;
    return Math.max(0, size + Math.min(0, before) + Math.min(0, behind));
  });
  copyPart(inner, { value: x, start, strides: from }, { value: output, start: target, strides: to });
  return output;
}

function mapped(node: Node, { x, pads, shape, mode, context }: Padding & { readonly mode: Mode }): Value {
  const output = context.output(x.type, shape);
  if (output.size === 0) return output;
  const maps = x.shape.map((size, axis) => {
    const [before, behind] = pads[axis]!;
    if (before === 0 && behind === 0) return undefined;
    const first = Math.max(0, -before);
    const rest = size - first + Math.min(0, behind);
    if (rest <= 0) throw misfit(node, `axis ${axis} has no element to repeat in shape ${shapeText(x.shape)}`);
    const map = new Int32Array(shape[axis]!);
    for (let i = 0; i < map.length; i++) map[i] = first + mode(i - Math.max(0, before), rest);
    return map;
  });
  copyMapped(maps, x, output);
  return output;
}
