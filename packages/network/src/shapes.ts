import { shapeText, shown } from "@deep-compression/runtime";
import { misfit, type Node } from "./graph";

/** A string is a dimension whose size is not known yet. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** A tensor as far as shapes need it: both Tensor and Parameter will do. Reshape reads the bytes of its target shape. */
export interface ShapedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes?: Uint8Array;
}

/** A node and what its inputs are; `tensor` is the constant behind an input, if it is one. */
export interface RuleInput {
  readonly node: Node;
  readonly inputs: readonly (Shape | undefined)[];
  /** @throws RangeError if the node has no such input */
  input(index: number): Shape;
  tensor(index: number): ShapedTensor | undefined;
}

/** The shapes of a node's outputs. @throws RangeError, TypeError naming the node */
export type ShapeRule = (rule: RuleInput) => readonly Shape[];

/** An axis of a value of this rank, counted from the end if negative. `most` is the rank itself where that is allowed. @throws RangeError */
export function resolveAxis(node: Node, axis: number, rank: number, most = rank - 1): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 0 && resolved <= most) return resolved;
  throw misfit(node, `axis ${axis} of a value of rank ${rank}`);
}

/** The product of dimensions as a number times the symbols among them. */
export function productOf(shape: Shape): { readonly size: number; readonly symbols: readonly string[] } {
  let size = 1;
  const symbols: string[] = [];
  for (const dimension of shape) {
    if (typeof dimension === "number") size *= dimension;
    else symbols.push(dimension);
  }
  return { size, symbols };
}

/** The product of dimensions as one dimension. @throws RangeError if it is a symbol times something else than 1 */
export function mergedDimension(node: Node, shape: Shape): Dimension {
  return mergedProduct(node, shape, productOf(shape));
}

/** A product as one dimension; `shape` is for the message. @throws RangeError if it is a symbol times something else than 1 */
export function mergedProduct(node: Node, shape: Shape, { size, symbols }: ReturnType<typeof productOf>): Dimension {
  const [symbol, ...more] = symbols;
  if (symbol === undefined) return size;
  if (more.length === 0 && size === 1) return symbol;
  throw misfit(node, `the size of ${shapeText(shape)} is not known; give its symbols in options.dimensions`);
}

/** Numpy's broadcasting of two shapes. A symbol fits itself and 1. @throws RangeError naming the node if they do not fit */
export function broadcast(node: Node, a: Shape, b: Shape): Dimension[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw misfit(node, `shapes ${shapeText(a)} and ${shapeText(b)} do not broadcast`);
  });
}

/** @throws RangeError naming the node unless the two dimensions are the same */
export function assertSame(node: Node, what: string, sizes: { expected?: Dimension; got?: Dimension }): void {
  if (sizes.expected === sizes.got) return;
  throw misfit(node, `${what} expected ${shown(String(sizes.expected), 40)}, got ${shown(String(sizes.got), 40)}`);
}
