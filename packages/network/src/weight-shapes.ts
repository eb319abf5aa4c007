import { elementCount } from "@deep-compression/bits";
import type { Tensor } from "./tensor";

/** How a network uses a tensor: as a weight, by which operator, or in another way, and which. */
export interface TensorUse {
  readonly isWeight: boolean;
  /** The operator that uses it as a weight ("Conv"); or, in few words, what it is instead ("operand of Add"). */
  readonly as: string;
}

/** Fewer rows or columns have biases of several heads, position tables of few steps, and filters that cost little. */
const LEAST_LINES = 16;

/** Names that pruning tools give to masks beside a weight. */
const MASK_NAME = /[._]mask$/i;

/**
 * Whether a tensor is a weight, where no graph says so: a float of rank 2 or more, at least 16 rows (the first dimension) and 16
 * columns (all others together), not named as a mask. Whether it holds but few values is seen when it is read.
 */
export function weightByShape({ name, type, shape }: Pick<Tensor, "name" | "type" | "shape">): TensorUse {
  const other = (as: string): TensorUse => ({ isWeight: false, as });
  if (!/^b?float(16|32|64)$/.test(type)) return other(type);
  if (MASK_NAME.test(name)) return other("named as a mask");
  if (shape.length < 2) return other("rank below 2");
  const [rows = 0, ...others] = shape;
  if (rows < LEAST_LINES || elementCount(others) < LEAST_LINES) return other("fewer than 16 rows or columns");
  return { isWeight: true, as: "shape" };
}
