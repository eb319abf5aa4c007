import { type Codec, FormatError } from "@deep-compression/bits";
import { checkInteger, type KernelOption } from "@deep-compression/runtime";
import { checkValues } from "./check-arguments";
import { checkStoredCount, checkStoredLength } from "./check-encoded";
import { type CompressedOptions, DEFAULT_MAX_ELEMENTS } from "./compressed-lines";
import { denseVector, type SparseVector, sparseVector } from "./sparse-vector";
import type { Values } from "./value-arrays";

/**
 * The codec of a vector as its elements that are not `zero` (default 0): {@link sparseVector} and {@link denseVector}. -0
 * counts as 0 and comes back as +0.
 *
 * @throws RangeError in `encode` if there are more than `maxElements` elements
 * @throws FormatError in `decode`, "truncated" or "trailing-data" if positions and values differ in number, "limit-exceeded"
 * if there are more than `maxElements`, "out-of-range" if a position is past the length, "not-canonical" if positions are
 * out of order or a zero is stored
 */
export function nonZeros<V extends Values = Float32Array>(
  options: CompressedOptions & KernelOption = {},
): Codec<V, SparseVector<V>> {
  const { zero = 0, maxElements = DEFAULT_MAX_ELEMENTS } = options;
  checkInteger("maxElements", maxElements);
  return Object.freeze({
    name: "non-zeros",
    encode(dense: V) {
      checkValues("dense", dense);
      if (dense.length > maxElements) {
        throw new RangeError(`dense: expected at most ${maxElements} elements, got ${dense.length}`);
      }
      return sparseVector(dense, options);
    },
    decode(sparse: SparseVector<V>) {
      checkEntries(sparse, { zero, maxElements });
      return denseVector(sparse, { zero });
    },
  });
}

function checkEntries(sparse: SparseVector<Values>, options: Required<CompressedOptions>): void {
  const { length, positions, values } = sparse;
  const { zero, maxElements } = options;
  checkValues("values", values);
  checkStoredLength(length);
  if (length > maxElements) {
    throw new FormatError("limit-exceeded", `length: expected at most ${maxElements} elements, got ${length}`);
  }
  checkStoredCount("values", values.length, positions.length);
  for (let i = 0, previous = -1; i < positions.length; i++) {
    const position = positions[i]!;
    if (position >= length) {
      throw new FormatError("out-of-range", `entry ${i} is at position ${position}, past the length ${length}`);
    }
    if (position <= previous || values[i] === zero) {
      throw new FormatError("not-canonical", `entry ${i} is out of order or a stored zero`);
    }
    previous = position;
  }
}
