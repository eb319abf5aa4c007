import { elementCount } from "@deep-compression/bits";
import { intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { copyWhole } from "../copy-elements";
import { axisOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { checkSameType } from "./element-kinds";
import { placesOf } from "./gather";
import { tupleOffsets } from "./index-tuples";
import { indicesOf } from "./indices";
import { assertRank } from "./operands";

/** What becomes of an element that an update meets. */
type Combine = (old: number, update: number) => number;

const REDUCTIONS: Readonly<Record<string, Combine>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  max: (old, update) => (old > update || Number.isNaN(old) ? old : update),
  min: (old, update) => (old < update || Number.isNaN(old) ? old : update),
};

/** The reduction that a node names, for elements of `value`. @throws RangeError naming the node for an unknown one */
function combineOf(node: Node, { type, data }: Value): Combine {
  const name = stringAttribute(node, "reduction", "none");
  if (!Object.hasOwn(REDUCTIONS, name))
    throw misfit(node, `reduction expected ${Object.keys(REDUCTIONS).join(", ")}, got ${quoted(name)}`);
  if (type === "bool" && name === "add") return REDUCTIONS.max!;
  // The product of two integers of 32 bits is more than a double holds.
  if (name === "mul" && (data instanceof Int32Array || data instanceof Uint32Array)) return Math.imul;
  return REDUCTIONS[name]!;
}

/** Puts runs of `length` updates at `offsets` of a copy of `x`. */
function scattered(
  node: Node,
  {
    x,
    updates,
    output,
    offsets,
    length,
  }: Record<"x" | "updates" | "output", Value> & {
    readonly offsets: Float64Array;
    readonly length: number;
  },
): Value {
  checkSameType(node, x, updates);
  copyWhole(x, output);
  const combine = combineOf(node, x);
  // bigint and number know the same signs: what combines one combines the other.
  const [to, from] = [output.data, updates.data] as [Float32Array, Float32Array];
  for (let run = 0, i = 0; run < offsets.length; run++) {
    const start = offsets[run]!;
    for (let n = start; n < start + length; n++, i++) to[n] = combine(to[n]!, from[i]!);
  }
  return output;
}

/** ScatterElements, which was Scatter: a copy with updates at indices along an axis, at their own place along the others. */
export const scatterElements: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", 0);
  return {
    run(inputs, context) {
      const [x, indices, updates] = [0, 1, 2].map((index) => required(node, inputs, index)) as [Value, Value, Value];
      const at = axisOf(node, axis, x.shape.length);
      assertRank(node, indices, x.shape.length);
      if (
        updates.shape.join() !== indices.shape.join() ||
        indices.shape.some((size, i) => i !== at && size > x.shape[i]!)
      )
        throw misfit(
          node,
          `indices of ${shapeText(indices.shape)} and updates of ${shapeText(updates.shape)} expected alike and to fit into ${shapeText(x.shape)}`,
        );
      const offsets = indicesOf(node, indices, x.shape[at]!);
      placesOf(offsets, { shape: indices.shape, data: x.shape, axis: at });
      const output = context.output(x.type, x.shape);
      return [scattered(node, { x, updates, output, offsets, length: 1 })];
    },
  };
};

/** ScatterND: a copy with parts updated that tuples of indices name. */
export const scatterND: Operator = ({ node }) => ({
  run(inputs, context) {
    const [x, indices, updates] = [0, 1, 2].map((index) => required(node, inputs, index)) as [Value, Value, Value];
    const { offsets, behind } = tupleOffsets(node, { indices, shape: x.shape, batchDims: 0 });
    const expected = [...indices.shape.slice(0, -1), ...behind];
    if (updates.shape.join() !== expected.join())
      throw misfit(node, `updates expected of shape ${shapeText(expected)}, got ${shapeText(updates.shape)}`);
    const output = context.output(x.type, x.shape);
    return [scattered(node, { x, updates, output, offsets, length: elementCount(behind) })];
  },
});
