import { type Codes, FormatError } from "@deep-compression/bits";
import { checkFloats, checkInteger, checkLength } from "@deep-compression/runtime";
import { type BitmaskVector, checkBitmaskVector, maskWord, onesIn } from "./bitmask";
import { checkGapVector, type GapVector, throwFirstError } from "./relative-index";
import { offsetOf } from "./scan-axis";
import { type Layout, lineAt, NO_LINE, scanOf } from "./scan-order";
import { checkZero } from "./sparse-vector";

/** Where the elements of an encoded scan stand, and what their codes mean. */
export interface DenseOptions {
  readonly layout: Layout;
  readonly centroids: Float32Array;
  /** The matrix to fill: rows * columns elements that are 0. Default: a new one. */
  readonly into?: Float32Array;
  /** The slice of the scan to fill in and to check, so that threads can fill one matrix together. Default: all of it. */
  readonly slice?: ScanSlice;
}

/** Scan positions from `from` up to `to`, which is not one of them. */
export interface ScanSlice {
  readonly from: number;
  readonly to: number;
}

/**
 * The row-major matrix of rows * columns float32 elements that a gap vector of codes stands for (docs/format.md, "Gaps"), in
 * one pass over the entries: no positions, no second matrix.
 *
 * @param options.filler the code of a filler: of the centroid 0, or the number of centroids if 0 is none of them
 * @throws FormatError as {@link relativeIndex} in `decode`; "out-of-range" if a code is no centroid's
 * @throws RangeError if the vector is not as long as the scan, `into` not as the matrix, or the slice not one of the scan
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
  const scan = scanOf(layout);
  checkLength("encoded", encoded.length, scan.length);
  const { from, to } = checkSlice(scan.length, options.slice);
  const dense = matrixFor(options);
  const longest = 2 ** gapBits - 1;
  // A filler writes the 0 that is there, so that no branch tells it from an entry.
  const meaning = new Float32Array(Math.max(centroids.length, filler + 1));
  meaning.set(centroids);
  meaning[filler] = 0;
  const { offsets, stride } = scan.inner;
  let line = NO_LINE;
  let lineEnd = 0; // of the line as far as it is in the slice
  let beyond = 0; // negative once a code or a gap is too large
  let short = 0; // not 0 once a filler is cut short
  let position = -1;
  let first = 0;
  while (first < gaps.length && position + gaps[first] + 1 < from) position += gaps[first++] + 1;
  for (let i = first; i < gaps.length; i++) {
    const code = values[i];
    const gap = gaps[i];
    position += gap + 1;
    if (position >= lineEnd) {
      if (position >= to) break;
      line = lineAt(scan, position, line.submatrix);
      lineEnd = Math.min(line.end, to);
    }
    const place = position + line.shift;
    dense[line.base + (offsets === undefined ? place * stride : offsets[place])] = meaning[code];
    const differs = code ^ filler;
    beyond |= (meaning.length - 1 - code) | (longest - gap);
    short |= (gap ^ longest) & ~((differs | -differs) >> 31);
  }
  if (position >= scan.length || beyond < 0 || short !== 0) {
    throwFirstError(encoded, filler);
    checkCodes(values, meaning.length);
  }
  return dense;
}

/**
 * The row-major matrix of rows * columns float32 elements that a bitmask vector of codes stands for (docs/format.md,
 * "Bitmask"), in one pass.
 *
 * @throws FormatError as {@link bitmask} in `decode`; "out-of-range" if a code is no centroid's, whatever the slice
 * @throws RangeError as {@link denseFromGaps}
 */
export function denseFromBitmask(encoded: BitmaskVector<Codes>, options: DenseOptions): Float32Array {
  const { layout, centroids } = options;
  const { length, mask, values } = encoded;
  checkFloats("centroids", centroids);
  checkBitmaskVector(encoded);
  const scan = scanOf(layout);
  checkLength("encoded", length, scan.length);
  checkCodes(values, centroids.length);
  const { from, to } = checkSlice(scan.length, options.slice);
  const dense = matrixFor(options);
  let line = NO_LINE;
  let entry = 0;
  let byte = 0;
  for (; 8 * byte + 32 <= from; byte += 4) entry += onesIn(maskWord(mask, byte));
  for (; 8 * byte < to; byte += 4) {
    for (let bits = maskWord(mask, byte); bits !== 0; bits &= bits - 1) {
      const position = byte * 8 + 31 - Math.clz32(bits & -bits);
      const code = values[entry++];
      if (position < from) continue;
      if (position >= to) break;
      if (position >= line.end) line = lineAt(scan, position, line.submatrix);
      dense[line.base + offsetOf(scan.inner, position + line.shift)] = centroids[code];
    }
  }
  return dense;
}

function matrixFor({ layout, into }: DenseOptions): Float32Array {
  const elements = layout.rows * layout.columns;
  if (into === undefined) return new Float32Array(elements);
  checkFloats("into", into);
  checkLength("into", into.length, elements);
  return into;
}

function checkSlice(length: number, { from, to }: ScanSlice = { from: 0, to: length }): ScanSlice {
  checkInteger("slice.to", to, { maximum: length });
  return { from: checkInteger("slice.from", from, { maximum: to }), to };
}

/** @throws FormatError "out-of-range" if a code is no centroid's */
function checkCodes(codes: Codes, centroids: number): void {
  let beyond = 0;
  for (let i = 0; i < codes.length; i++) beyond |= centroids - 1 - codes[i];
  if (beyond >= 0) return;
  const entry = codes.findIndex((code: number) => code >= centroids);
  throw new FormatError("out-of-range", `entry ${entry} has the code ${codes[entry]} of ${centroids} centroids`);
}
