import { type Codes, checkInteger, FormatError } from "@deep-compression/bits";
import { type BitmaskVector, checkBitmaskVector, maskWord } from "./bitmask";
import { checkFloats, checkLength } from "./check";
import { type Layout, lineAt, noLine, walkOf } from "./layout";
import { offsetOf } from "./line-classes";
import { checkGapVector, type GapVector, throwFirstError } from "./relative-index";
import { checkZero } from "./sparse-vector";

/** Where the elements of an encoded walk stand, and what their codes mean. */
export interface DenseOptions {
  readonly layout: Layout;
  readonly centroids: Float32Array;
}

/**
 * The row-major matrix of rows * columns float32 elements that a gap vector of codes stands for, in one pass over the
 * entries: no positions, no second matrix. `filler` is the code of a filler: of the centroid 0, or the number of
 * centroids if 0 is none of them.
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
  checkInteger("filler", filler, { maximum: centroids.length });
  checkGapVector(encoded, { gapBits, filler });
  const walk = walkOf(layout);
  checkLength("encoded", encoded.length, walk.length);
  const dense = new Float32Array(layout.rows * layout.columns);
  const longest = 2 ** gapBits - 1;
  // A filler writes the 0 that is there, so that no branch tells it from an entry.
  const meaning = new Float32Array(Math.max(centroids.length, filler + 1));
  meaning.set(centroids);
  meaning[filler] = 0;
  const { offsets, stride } = walk.inner;
  let line = noLine;
  let beyond = 0; // negative once a code or a gap is too large
  let short = 0; // not 0 once a filler is cut short
  let position = -1;
  for (let i = 0; i < gaps.length; i++) {
    const code = values[i];
    const gap = gaps[i];
    position += gap + 1;
    if (position >= line.end) {
      if (position >= walk.length) break;
      line = lineAt(walk, position, line.block);
    }
    const place = position + line.shift;
    dense[line.base + (offsets === undefined ? place * stride : offsets[place])] = meaning[code];
    const differs = code ^ filler;
    beyond |= (meaning.length - 1 - code) | (longest - gap);
    short |= (gap ^ longest) & ~((differs | -differs) >> 31);
  }
  if (position >= walk.length || beyond < 0 || short !== 0) {
    throwFirstError(encoded, filler);
    checkCodes(values, meaning.length);
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
  checkCodes(values, centroids.length);
  const dense = new Float32Array(layout.rows * layout.columns);
  let line = noLine;
  for (let byte = 0, entry = 0; byte < mask.length; byte += 4) {
    for (let bits = maskWord(mask, byte); bits !== 0; bits &= bits - 1) {
      const position = byte * 8 + 31 - Math.clz32(bits & -bits);
      if (position >= line.end) line = lineAt(walk, position, line.block);
      dense[line.base + offsetOf(walk.inner, position + line.shift)] = centroids[values[entry++]];
    }
  }
  return dense;
}

/** FormatError for a code that is no centroid's. */
function checkCodes(codes: Codes, centroids: number): void {
  let beyond = 0;
  for (let i = 0; i < codes.length; i++) beyond |= centroids - 1 - codes[i];
  if (beyond >= 0) return;
  const entry = codes.findIndex((code: number) => code >= centroids);
  throw new FormatError("out-of-range", `entry ${entry} has the code ${codes[entry]} of ${centroids} centroids`);
}
