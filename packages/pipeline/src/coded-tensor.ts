import type { Codes } from "@deep-compression/bits";
import { elementCount } from "@deep-compression/network";
import { insertZero, zeroIndex } from "./stored-weight";

/** A float32 tensor as codes, row-major. */
export interface CodedTensor {
  readonly shape: readonly number[];
  /** The elements that have a code, ascending; all others are +0. Absent: every element has one. */
  readonly positions?: Uint32Array;
  readonly codes: Codes;
  /** Ascending, distinct, each used; where `positions` are told, none is 0 or -0. */
  readonly centroids: Float32Array;
}

/** A tensor of which only the elements that are not zero have a code. */
export interface SparseCodedTensor extends CodedTensor {
  readonly positions: Uint32Array;
}

/** The tensor with a code for every element. */
export function withAllCodes(tensor: CodedTensor): CodedTensor {
  const { shape, positions, codes, centroids } = tensor;
  const elements = elementCount(shape);
  if (positions === undefined) return tensor;
  if (positions.length === elements) return { shape, codes, centroids };
  const zero = zeroIndex(centroids);
  const all = codesFor(centroids.length + 1, elements).fill(zero);
  for (let i = 0; i < positions.length; i++) all[positions[i]] = codes[i] < zero ? codes[i] : codes[i] + 1;
  return { shape, codes: all, centroids: insertZero(centroids) };
}

/** The tensor without codes for its zeros; undefined if it holds -0, whose sign would be lost. */
export function withoutZeroCodes(tensor: CodedTensor): SparseCodedTensor | undefined {
  const { shape, positions, codes, centroids } = tensor;
  if (positions !== undefined) return { ...tensor, positions };
  if (centroids.some((centroid) => Object.is(centroid, -0))) return undefined;
  const zero = centroids.indexOf(0);
  if (zero < 0) return { ...tensor, positions: Uint32Array.from(codes, (_, i) => i) };
  let count = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) count++;
  const kept = new Uint32Array(count);
  const keptCodes = codesFor(centroids.length - 1, count);
  for (let i = 0, entry = 0; i < codes.length; i++) {
    if (codes[i] === zero) continue;
    kept[entry] = i;
    keptCodes[entry++] = codes[i] < zero ? codes[i] : codes[i] - 1;
  }
  return { shape, positions: kept, codes: keptCodes, centroids: centroids.filter((_, code) => code !== zero) };
}

/** The codes with room for that of 0 at its place among the centroids. */
export function withCodeOfZero(codes: Codes, centroids: Float32Array): Codes {
  const zero = zeroIndex(centroids);
  const shifted = codesFor(centroids.length + 1, codes.length);
  for (let i = 0; i < codes.length; i++) shifted[i] = codes[i] < zero ? codes[i] : codes[i] + 1;
  return shifted;
}

/** Codes in the array type that decoding gives for an alphabet. */
export function codesFor(alphabet: number, length: number): Codes {
  return alphabet <= 256 ? new Uint8Array(length) : new Uint16Array(length);
}
