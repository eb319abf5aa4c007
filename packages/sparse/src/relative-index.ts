import { checkInteger, FormatError } from "@deep-compression/bits";
import { fillerCount } from "./sizes";
import { checkSparseVector, checkZero, countNonZeros, type SparseVector } from "./sparse-vector";
import { allocateLike, maxLength, type Values } from "./values";

/**
 * A sparse vector by gaps. An entry's gap is the distance from the entry before it (from position -1 for the first), so
 * at least 1; `gaps` holds gap - 1, under 2^gapBits. `values` has one element an entry, fillers included.
 */
export interface GapVector<V extends Values = Float32Array> {
  readonly length: number;
  readonly gapBits: number;
  readonly gaps: Uint8Array;
  readonly values: V;
}

export interface RelativeIndexOptions {
  /** Width of a stored gap, 1 to 8 bits. */
  readonly gapBits: number;
  /** The value of a filler: default 0; for codes, the index of the centroid 0. */
  readonly filler?: number;
}

/**
 * Relative index with fillers (Deep Compression, section 2 and figure 2; docs/format.md, "gaps"). A gap above
 * 2^gapBits is cut into fillers of exactly 2^gapBits each, explicit zeros, and the rest. Zeros after the last entry are
 * implicit. Each vector has one encoding: `decode(encode(x))` is x and `encode(decode(g))` is g.
 *
 * `encode` raises RangeError for a vector that breaks its own rules or holds the filler's value. `decode` raises
 * FormatError: "truncated" or "trailing-data" if gaps and values differ in number, "out-of-range" for a gap that does
 * not fit the width or a position past the length, "not-canonical" for a filler that is short or the last entry.
 */
export function relativeIndex<V extends Values = Float32Array>(
  options: RelativeIndexOptions,
): {
  readonly encode: (vector: SparseVector<V>) => GapVector<V>;
  readonly decode: (encoded: GapVector<V>) => SparseVector<V>;
} {
  const { gapBits, filler = 0 } = options;
  checkInteger("gapBits", gapBits, { minimum: 1, maximum: 8 });
  return Object.freeze({
    encode: (vector: SparseVector<V>) => encodeGaps(vector, { gapBits, filler }),
    decode: (encoded: GapVector<V>) => decodeGaps(encoded, { gapBits, filler }),
  });
}

function encodeGaps<V extends Values>(vector: SparseVector<V>, options: Required<RelativeIndexOptions>): GapVector<V> {
  const { gapBits, filler } = options;
  const { length, positions } = vector;
  checkSparseVector(vector);
  checkZero("filler", filler, vector.values);
  const count = positions.length + fillerCount(positions, gapBits);
  const gaps = new Uint8Array(count);
  const values = allocateLike(vector.values, count).fill(filler) as V;
  const longest = (1 << gapBits) - 1;
  let next = 0;
  let entry = 0;
  for (let i = 0; i < positions.length; i++) {
    if (vector.values[i] === filler)
      throw new RangeError(`values[${i}]: expected any value but the filler's, got ${filler}`);
    for (; positions[i] - next > longest; next += longest + 1) gaps[entry++] = longest;
    gaps[entry] = positions[i] - next;
    values[entry++] = vector.values[i];
    next = positions[i] + 1;
  }
  return { length, gapBits, gaps, values };
}

function decodeGaps<V extends Values>(encoded: GapVector<V>, options: Required<RelativeIndexOptions>): SparseVector<V> {
  const { filler } = options;
  const { length, gaps } = encoded;
  checkZero("filler", filler, encoded.values);
  checkGapVector(encoded, options);
  const longest = 2 ** options.gapBits - 1;
  const count = countNonZeros(encoded.values, filler);
  const positions = new Uint32Array(count);
  const values = allocateLike(encoded.values, count);
  for (let i = 0, entry = 0, position = -1; i < gaps.length; i++) {
    const value = encoded.values[i];
    position += gaps[i] + 1;
    if (gaps[i] > longest || position >= length) throw gapError(encoded, { entry: i, position });
    if (value === filler) {
      if (gaps[i] !== longest || !Object.is(value, filler)) throw gapError(encoded, { entry: i, position });
      continue;
    }
    positions[entry] = position;
    values[entry++] = value;
  }
  return { length, positions, values };
}

/** Checks all that can be checked before the entries are gone through. */
export function checkGapVector(encoded: GapVector<Values>, options: Required<RelativeIndexOptions>): void {
  const { length, gaps, values } = encoded;
  if (!Number.isInteger(length) || length < 0 || length > maxLength) {
    throw new FormatError("out-of-range", `length: expected an integer from 0 to 2^32, got ${length}`);
  }
  if (encoded.gapBits !== options.gapBits) {
    throw new FormatError("out-of-range", `gapBits: expected ${options.gapBits}, got ${encoded.gapBits}`);
  }
  if (values.length !== gaps.length) {
    const code = values.length < gaps.length ? "truncated" : "trailing-data";
    throw new FormatError(code, `${gaps.length} gaps need as many values, got ${values.length}`);
  }
  if (values.length > 0 && values[values.length - 1] === options.filler) {
    throw new FormatError("not-canonical", "the last entry is a filler");
  }
}

/** What is wrong with an entry: its gap does not fit the width, it is past the length, or it is a filler cut short. */
export function gapError(
  { length, gapBits, gaps }: GapVector<Values>,
  { entry, position }: { readonly entry: number; readonly position: number },
): FormatError {
  if (gaps[entry] >= 2 ** gapBits) {
    return new FormatError("out-of-range", `entry ${entry} has the gap ${gaps[entry] + 1}, above 2^${gapBits}`);
  }
  if (position >= length) {
    return new FormatError("out-of-range", `entry ${entry} is at position ${position}, past the length ${length}`);
  }
  return new FormatError("not-canonical", `entry ${entry} is a filler that the encoder would not have written`);
}
