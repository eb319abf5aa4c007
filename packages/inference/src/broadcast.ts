import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";

/** The shape that shapes broadcast to by ONNX's rules. @throws RangeError naming the node */
export function broadcastShape(node: Node, shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own === size || own === 1) continue;
      if (size !== 1) throw misfit(node, `shapes ${shapes.map(shapeText).join(" and ")} do not broadcast`);
      size = own;
    }
    return size;
  });
}

/** Elements from one index of each axis to the next in a row-major array. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Strides of `shape` along the axes of `target`, to which it broadcasts: 0 where its one element is read again. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const own = stridesOf(shape);
  return target.map((_, axis) => {
    const at = axis - target.length + shape.length;
    return at < 0 || shape[at] === 1 ? 0 : own[at]!;
  });
}

/** A run along the last axis: where it begins in the target and in each operand. */
export type RunVisitor = (to: number, starts: readonly number[]) => void;

/** Walks over arrays in step: axes that lie behind one another in all of them are one. */
export interface Walk {
  /** Elements of a run, and how far apart they are in each operand; in the target they touch. */
  readonly length: number;
  readonly steps: readonly number[];
  each(visit: RunVisitor): void;
}

/**
 * A walk over all elements of a row-major target of `shape`, in order, and over operands with these strides along its axes.
 * The list of starts is used again for each run.
 */
export function walk(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const [sizes, merged] = mergedAxes(shape, strides);
  const last = sizes.length - 1;
  const length = last < 0 ? 1 : sizes[last]!;
  const steps = merged.map((own) => (last < 0 ? 0 : own[last]!));
  return {
    length,
    steps,
    each(visit) {
      if (sizes.includes(0)) return;
      const index = new Array<number>(Math.max(0, last)).fill(0);
      const starts = merged.map(() => 0);
      for (let to = 0; ; to += length) {
        visit(to, starts);
        let axis = last - 1;
        for (; axis >= 0; axis--) {
          index[axis] = index[axis]! + 1;
          const wraps = index[axis] === sizes[axis];
          for (let operand = 0; operand < starts.length; operand++) {
            const stride = merged[operand]![axis]!;
            starts[operand] = starts[operand]! + (wraps ? stride - stride * sizes[axis]! : stride);
          }
          if (!wraps) break;
          index[axis] = 0;
        }
        if (axis < 0) return;
      }
    },
  };
}

/** The same walk with fewer axes: those of one element left out, and those merged that lie behind one another everywhere. */
function mergedAxes(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
): readonly [sizes: number[], strides: number[][]] {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const before = sizes.length - 1;
    const touches = before >= 0 && strides.every((own, operand) => merged[operand]![before] === own[axis]! * size);
    if (touches) sizes[before] = sizes[before]! * size;
    else sizes.push(size);
    for (const [operand, own] of strides.entries()) {
      const list = merged[operand]!;
      if (touches) list[before] = own[axis]!;
      else list.push(own[axis]!);
    }
  }
  return [sizes, merged];
}
