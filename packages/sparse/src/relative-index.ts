import { type Codec, FormatError } from "@deep-compression/bits";
import { checkInteger } from "@deep-compression/runtime";
import { checkValues } from "./check-arguments";
import { checkStoredCount, checkStoredLength } from "./check-encoded";
import { countFillers } from "./form-sizes";
import { checkSparseVector, checkZero, type SparseVector } from "./sparse-vector";
import { allocateLike, patternOf, patternsOf, type Values } from "./value-arrays";

const SIGN_BIT = 0x80000000;

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
 * The codec of a sparse vector as gaps and values (the relative index of Deep Compression, section 2 and figure 2;
 * docs/format.md, "Gaps"). A gap above 2^gapBits is cut into fillers of exactly 2^gapBits each, explicit zeros, and the rest.
 * Zeros after the last entry are implicit. Each vector has one encoding.
 *
 * @throws RangeError in `encode` if the vector breaks its own rules or holds the filler's value
 * @throws FormatError in `decode`, "truncated" or "trailing-data" if gaps and values differ in number, "out-of-range" if a
 * gap does not fit the width or a position is past the length, "not-canonical" if a filler is short or the last entry
 */
export function relativeIndex<V extends Values = Float32Array>(
  options: RelativeIndexOptions,
): Codec<SparseVector<V>, GapVector<V>> {
  const { gapBits, filler = 0 } = options;
  checkInteger("gapBits", gapBits, { minimum: 1, maximum: 8 });
  return Object.freeze({
    name: "relative index",
    encode: (vector: SparseVector<V>) => encodeGaps(vector, { gapBits, filler }),
    decode: (encoded: GapVector<V>) => decodeGaps(encoded, { gapBits, filler }),
  });
}

function encodeGaps<V extends Values>(vector: SparseVector<V>, options: Required<RelativeIndexOptions>): GapVector<V> {
  const { gapBits, filler } = options;
  const { length, positions } = vector;
  checkSparseVector(vector);
  checkZero("filler", filler, vector.values);
  const longest = 2 ** gapBits - 1;
  const count = positions.length + countFillers(positions, gapBits);
  // Fillers everywhere first, then the entries over them: no branch to tell one from the other.
  const gaps = new Uint8Array(count).fill(longest);
  const values = allocateLike(vector.values, count).fill(filler) as V;
  for (let i = 0, next = 0, entry = 0; i < positions.length; i++) {
    const value = vector.values[i];
    if (value === filler) throw new RangeError(`values[${i}]: expected any value but the filler's, got ${filler}`);
    const gap = positions[i] - next;
    entry += gap >>> gapBits;
    gaps[entry] = gap & longest;
    values[entry++] = value;
    next = positions[i] + 1;
  }
  return { length, gapBits, gaps, values };
}

/** The mirror of {@link relativeIndex} alone: for readers, whose bundles then have no encoder. @throws FormatError as it does */
export function decodeGaps<V extends Values>(
  encoded: GapVector<V>,
  options: Required<RelativeIndexOptions>,
): SparseVector<V> {
  const { filler } = options;
  const { length, gaps } = encoded;
  checkZero("filler", filler, encoded.values);
  checkGapVector(encoded, options);
  const count = checkEntries(encoded, filler);
  const positions = new Uint32Array(count);
  const values = allocateLike(encoded.values, count);
  const [from, to] = [patternsOf(encoded.values), patternsOf(values)];
  const zero = patternOf(values, filler);
  // A filler is written too, and the entry after it over it, for the last entry is none: no branch to tell them apart.
  for (let i = 0, entry = 0, position = -1; i < gaps.length; i++) {
    position += gaps[i] + 1;
    positions[entry] = position;
    to[entry] = from[i];
    const differs = from[i] ^ zero;
    entry += (differs | -differs) >>> 31;
  }
  return { length, positions, values };
}

/** Checks all that can be checked before the entries are gone through. */
export function checkGapVector(encoded: GapVector<Values>, options: Required<RelativeIndexOptions>): void {
  const { length, gapBits, gaps, values } = encoded;
  checkValues("values", values);
  if (!Number.isInteger(gapBits) || gapBits < 1 || gapBits > 8 || gapBits !== options.gapBits) {
    throw new FormatError("out-of-range", `gapBits: expected 1 to 8, and ${options.gapBits}, got ${gapBits}`);
  }
  checkStoredLength(length);
  checkStoredCount("values", values.length, gaps.length);
  if (values.length > 0 && values[values.length - 1] === options.filler) {
    throw new FormatError("not-canonical", "the last entry is a filler");
  }
}

/**
 * The number of entries that are no fillers, once every gap fits the width, every filler stands where one must, and no entry
 * is past the length. One pass without branches tells whether something is wrong; what it is, is looked for when it is.
 */
function checkEntries(encoded: GapVector<Values>, filler: number): number {
  const { length, gapBits, gaps, values } = encoded;
  const longest = 2 ** gapBits - 1;
  const patterns = patternsOf(values);
  const zero = patternOf(values, filler);
  let span = gaps.length;
  let stored = 0;
  let wide = 0;
  let short = 0;
  for (let i = 0; i < gaps.length; i++) {
    const differs = patterns[i] ^ zero;
    const isStored = (differs | -differs) >> 31; // all ones for an entry, 0 for a filler
    span += gaps[i];
    stored -= isStored;
    wide |= gaps[i];
    short |= (gaps[i] ^ longest) & ~isStored;
  }
  const otherZero = filler === 0 && values instanceof Float32Array && patterns.includes((zero ^ SIGN_BIT) >>> 0);
  if (wide > longest || short !== 0 || span > length || otherZero) throwFirstError(encoded, filler);
  return stored;
}

/** @throws FormatError for the first entry whose gap does not fit the width, that is past the length, or is a short filler */
export function throwFirstError({ length, gapBits, gaps, values }: GapVector<Values>, filler: number): void {
  const longest = 2 ** gapBits - 1;
  for (let i = 0, position = -1; i < gaps.length; i++) {
    position += gaps[i] + 1;
    if (gaps[i] > longest) {
      throw new FormatError("out-of-range", `entry ${i} has the gap ${gaps[i] + 1}, above 2^${gapBits}`);
    }
    if (position >= length) {
      throw new FormatError("out-of-range", `entry ${i} is at position ${position}, past the length ${length}`);
    }
    if (values[i] === filler && (gaps[i] !== longest || !Object.is(values[i], filler))) {
      throw new FormatError("not-canonical", `entry ${i} is a filler that the encoder would not have written`);
    }
  }
}
