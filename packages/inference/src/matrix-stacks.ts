import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { broadcastShape, broadcastStrides, walk } from "./broadcast";

/** Two stacks of matrices [m x k] and [k x n] whose other dimensions broadcast, as MatMul multiplies them. */
export interface MatrixStacks {
  /** The dimensions of the stack of products, and its whole shape. */
  readonly stack: readonly number[];
  readonly shape: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Visits each product, with the numbers of its matrices in their stacks. */
  each(visit: (product: number, a: number, b: number) => void): void;
}

/** A vector on the left is a row, one on the right a column. @throws RangeError naming the node for shapes that do not fit */
export function matrixStacks(node: Node, a: readonly number[], b: readonly number[]): MatrixStacks {
  const [m = 1, k] = a.length < 2 ? [1, a[0]] : a.slice(-2);
  const [rows, n = 1] = b.length < 2 ? [b[0], 1] : b.slice(-2);
  if (k === undefined || k !== rows)
    throw misfit(node, `shapes ${shapeText(a)} and ${shapeText(b)} are not those of a product of matrices`);
  const [stackA, stackB] = [a.slice(0, -2), b.slice(0, -2)];
  const stack = broadcastShape(node, [stackA, stackB]);
  const path = walk(stack, [broadcastStrides(stackA, stack), broadcastStrides(stackB, stack)]);
  return {
    stack,
    shape: [...stack, ...(a.length < 2 ? [] : [m]), ...(b.length < 2 ? [] : [n])],
    m,
    n,
    k,
    each(visit) {
      path.each((to, [startA, startB]) => {
        for (let i = 0; i < path.length; i++) visit(to + i, startA! + i * path.steps[0]!, startB! + i * path.steps[1]!);
      });
    },
  };
}
