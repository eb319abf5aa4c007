import { allocateCodes, type Codes, elementCount } from "@deep-compression/bits";
import { type QuantizedValues, recode, type SharedValues, withZero, zeroIndex } from "@deep-compression/codebook";
import type { LineScales, PrunedWeights } from "@deep-compression/sparse";
import { matrixOf } from "./section-head";

/** A float32 tensor whose weights share values, row-major; `distortion` is against the tensor as it came, pruning included. */
export interface SharedWeights extends QuantizedValues {
  readonly shape: readonly number[];
  /** The elements that have a code, ascending, none of which means 0; all others are +0. Absent: every element has one. */
  readonly positions?: Uint32Array;
  /** Elements are the shared values times those of their row and column. */
  readonly scales?: LineScales;
}

/** The weights of a tensor with the values they share; those whose shared value is 0 are left out where positions are told. */
export function sharedWeights(
  { positions, pruned }: PrunedWeights,
  { codes, centroids, distortion }: QuantizedValues,
  shape: readonly number[],
): SharedWeights {
  const rest = { shape, distortion: pruned + distortion };
  if (positions === undefined) return { ...rest, codes, centroids };
  return { ...rest, ...leaveOutZero(positions, { codes, centroids }) };
}

/** The elements from `start` to `end`, row-major. */
export function sharedElements(weights: SharedWeights, start: number, end: number): Float32Array {
  const values = unscaledElements(weights, start, end);
  const { scales, shape } = weights;
  if (scales === undefined) return values;
  const { columns } = matrixOf(shape);
  for (let at = start; at < end; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    values[at - start]! *= Math.fround((scales.rows?.[row] ?? 1) * (scales.columns?.[column] ?? 1));
  }
  return values;
}

function unscaledElements({ positions, codes, centroids }: SharedWeights, start: number, end: number): Float32Array {
  const values = new Float32Array(end - start);
  if (positions === undefined) {
    for (let i = start; i < end; i++) values[i - start] = centroids[codes[i]!]!;
    return values;
  }
  for (let entry = entriesBefore(positions, start); entry < positions.length && positions[entry]! < end; entry++) {
    values[positions[entry]! - start] = centroids[codes[entry]!]!;
  }
  return values;
}

/** Entries of ascending positions that stand before one. */
function entriesBefore(positions: Uint32Array, position: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[middle]! < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A code for every element. */
export function allCodes({ shape, positions, codes, centroids }: SharedWeights): SharedValues {
  const elements = elementCount(shape);
  if (positions === undefined || positions.length === elements) return { codes, centroids };
  const zero = zeroIndex(centroids);
  const all = allocateCodes(centroids.length + 1, elements).fill(zero);
  for (let i = 0; i < positions.length; i++) all[positions[i]!] = shiftedCode(codes[i]!, zero);
  return { codes: all, centroids: withZero(centroids) };
}

/** Codes of the elements that are not zero, and where those stand. */
export interface NonZeroCodes extends SharedValues {
  readonly positions: Uint32Array;
}

/** The codes of all elements but the zeros; undefined if there is a -0, whose sign would be lost. */
export function nonZeroCodes({ positions, codes, centroids }: SharedWeights): NonZeroCodes | undefined {
  if (positions !== undefined) return { positions, codes, centroids };
  if (centroids.some((centroid) => Object.is(centroid, -0))) return undefined;
  return leaveOutZero(
    Uint32Array.from(codes, (_, i) => i),
    { codes, centroids },
  );
}

function leaveOutZero(positions: Uint32Array, { codes, centroids }: SharedValues): NonZeroCodes {
  const zero = centroids.indexOf(0);
  if (zero < 0) return { positions, codes, centroids };
  const length = countOthers(codes, zero);
  const used = new Uint8Array(centroids.length).fill(1);
  used[zero] = 0;
  return {
    positions: positionsOfOthers(new Uint32Array(length), positions, codes, zero),
    codes: recode(codes, { used, length }),
    centroids: centroids.filter((_, code) => code !== zero),
  };
}

// Each loop over all codes is a function of its own: an engine that optimizes it then knows all that it is to do.

function countOthers(codes: Codes, zero: number): number {
  let others = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) others++;
  return others;
}

function positionsOfOthers(others: Uint32Array, positions: Uint32Array, codes: Codes, zero: number): Uint32Array {
  for (let i = 0, entry = 0; entry < others.length; i++) if (codes[i] !== zero) others[entry++] = positions[i]!;
  return others;
}

/** The codes with room for that of 0 at its place among the centroids. */
export function withCodeOfZero(codes: Codes, centroids: Float32Array): Codes {
  const zero = zeroIndex(centroids);
  const shifted = allocateCodes(centroids.length + 1, codes.length);
  for (let i = 0; i < codes.length; i++) shifted[i] = shiftedCode(codes[i]!, zero);
  return shifted;
}

function shiftedCode(code: number, zero: number): number {
  return code < zero ? code : code + 1;
}
