import { type Codes, FormatError } from "@deep-compression/bits";
import { type BitmaskVector, checkBitmaskVector } from "./bitmask";
import { checkFloats, checkLength } from "./check";
import { type Layout, lineAt, noLine, walkOf } from "./layout";
import { offsetOf } from "./line-classes";
import { checkGapVector, type GapVector, gapError } from "./relative-index";
import { checkZero } from "./sparse-vector";

/** Where the elements of an encoded walk stand, and what their codes mean. */
export interface DenseOptions {
  readonly layout: Layout;
  readonly centroids: Float32Array;
}

/**
 * The row-major matrix of rows * columns float32 elements that a gap vector of codes stands for, in one pass over the
 * entries: no positions, no second matrix. `filler` is the code of a filler (of the centroid 0).
 * FormatError as `relativeIndex.decode`, and "out-of-range" for a code that is no centroid's; RangeError if the vector's
 * length is not the walk's.
 */
export function denseFromGaps(
  encoded: GapVector<Codes>,
  options: DenseOptions & { readonly filler: number },
): Float32Array {
  const { layout, centroids, filler } = options;
  const { gaps, values, gapBits } = encoded;
  checkFloats("centroids", centroids);
  checkZero("filler", filler, values);
  checkGapVector(encoded, { gapBits, filler });
  const walk = walkOf(layout);
  checkLength("encoded", encoded.length, walk.length);
  const dense = new Float32Array(layout.rows * layout.columns);
  const longest = 2 ** gapBits - 1;
  let line = noLine;
  for (let i = 0, position = -1; i < gaps.length; i++) {
    const code = values[i];
    position += gaps[i] + 1;
    if (gaps[i] > longest || position >= walk.length) throw gapError(encoded, { entry: i, position });
    if (code === filler) {
      if (gaps[i] !== longest) throw gapError(encoded, { entry: i, position });
      continue;
    }
    if (position >= line.end) line = lineAt(walk, position, line.block);
    if (code >= centroids.length) throw codeError(i, { code, centroids });
    dense[line.base + offsetOf(walk.inner, line.from + position - line.start)] = centroids[code];
  }
  return dense;
}

/**
 * The row-major matrix of rows * columns float32 elements that a bitmask vector of codes stands for, in one pass.
 * FormatError as `bitmask().decode`, and "out-of-range" for a code that is no centroid's; RangeError if the vector's
 * length is not the walk's.
 */
export function denseFromBitmask(encoded: BitmaskVector<Codes>, options: DenseOptions): Float32Array {
  const { layout, centroids } = options;
  const { length, mask, values } = encoded;
  checkFloats("centroids", centroids);
  checkBitmaskVector(encoded);
  const walk = walkOf(layout);
  checkLength("encoded", length, walk.length);
  const dense = new Float32Array(layout.rows * layout.columns);
  let line = noLine;
  for (let byte = 0, entry = 0; byte < mask.length; byte++) {
    for (let bits = mask[byte], position = byte * 8; bits !== 0; bits >>>= 1, position++) {
      if ((bits & 1) === 0) continue;
      const code = values[entry];
      if (code >= centroids.length) throw codeError(entry, { code, centroids });
      if (position >= line.end) line = lineAt(walk, position, line.block);
      dense[line.base + offsetOf(walk.inner, line.from + position - line.start)] = centroids[code];
      entry++;
    }
  }
  return dense;
}

function codeError(entry: number, { code, centroids }: { readonly code: number; readonly centroids: Float32Array }) {
  return new FormatError("out-of-range", `entry ${entry} has the code ${code} of ${centroids.length} centroids`);
}
