import { intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { axisOf } from "../operation";
import type { Value } from "../value";
import { linesAlong } from "./axis-lines";

/** Visits elements from `from` to before `end`: the scale of the first is at `at`, those of the others `step` apart. */
type ScaledRun = (from: number, end: number, at: number, step: number) => void;

/** How scales belong to elements: one to all, one to an index of an axis, or one to a block of them along an axis. */
export interface ScaleLayout {
  readonly axis: number;
  /** Elements of a block; 0: not in blocks. */
  readonly block: number;
}

/** The layout that the attributes of a node tell. */
export function scaleLayout(node: Node): ScaleLayout {
  return { axis: intAttribute(node, "axis", 1), block: intAttribute(node, "block_size", 0) };
}

/** Visits all elements of a value, with their scales. @throws RangeError naming the node if scales do not fit */
export function eachScaled(
  node: Node,
  { axis: named, block }: ScaleLayout,
  { shape, size }: Value,
  scale: Value,
  visit: ScaledRun,
): void {
  if (scale.size === 1 && scale.shape.length < 2) {
    visit(0, size, 0, 0);
    return;
  }
  const axis = axisOf(node, named, shape.length);
  const { outer, size: length, inner } = linesAlong(shape, axis);
  const blocks = block > 0 ? Math.ceil(length / block) : length;
  const expected = block > 0 ? shape.with(axis, blocks) : [length];
  if (expected.join() !== scale.shape.join())
    throw misfit(node, `scale expected shape ${shapeText(expected)}, got ${shapeText(scale.shape)}`);
  if (size === 0) return;
  for (let row = 0, from = 0; row < outer; row++) {
    for (let i = 0; i < length; i++, from += inner) {
      if (block > 0) visit(from, from + inner, (row * blocks + Math.floor(i / block)) * inner, 1);
      else visit(from, from + inner, i, 0);
    }
  }
}
