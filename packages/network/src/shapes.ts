import { describeNode, type Node } from "./graph";

/** A string is a dimension whose size is not known yet. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

/** An error that names the node. */
export function misfit(node: Node, message: string): RangeError {
  return new RangeError(`${describeNode(node)}: ${message}`);
}

/** `[N,784]`; a dimension that nobody named is a question mark. */
export function shapeText(shape: Shape): string {
  return `[${shape.map((size) => (size === "" ? "?" : size)).join(",")}]`;
}

/** An axis of a value of this rank, counted from the end if negative. `most` is the rank itself where that is allowed. @throws RangeError */
export function resolveAxis(
  node: Node,
  axis: number,
  options: { readonly rank: number; readonly most?: number },
): number {
  const { rank, most = rank - 1 } = options;
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
  const { size, symbols } = productOf(shape);
  if (symbols.length === 0) return size;
  if (symbols.length === 1 && size === 1) return symbols[0];
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
export function assertSame(
  node: Node,
  what: string,
  sizes: { readonly expected: Dimension; readonly got: Dimension },
): void {
  if (sizes.expected === sizes.got) return;
  throw misfit(node, `${what} expected ${sizes.expected}, got ${sizes.got}`);
}
