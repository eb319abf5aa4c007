import {
  type ByteReader,
  type ByteWriter,
  byteReader,
  type Codes,
  FormatError,
  fromFloat16,
  isFloat16,
  toFloat16,
  varintLength,
} from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import { decodeMultiples, encodeMultiples, type Grid, gridOf, multiplesLength } from "./codebook-grid";

/** Of the centroids as they are stored, or of the step that they are multiples of: IEEE 754 binary16 or binary32. */
export type CentroidPrecision = "float16" | "float32";

/** More would not be told apart by 16-bit codes. */
export const MAX_CENTROIDS = 65536;

/** Bytes of one number of a precision. */
function sizeOf(precision: CentroidPrecision): number {
  return precision === "float16" ? 2 : 4;
}

/** Bytes that a codebook takes. */
export function codebookLength(centroids: Float32Array, precision: CentroidPrecision): number {
  return lengthWith(gridOf(centroids), centroids, precision);
}

/** The precision with which a codebook takes the fewest bytes and nothing is lost. */
export function leastPrecision(centroids: Float32Array): CentroidPrecision {
  const grid = gridOf(centroids);
  if (!isFloat16(centroids) && shorterGrid(grid, centroids, "float16") === undefined) return "float32";
  const isLess = lengthWith(grid, centroids, "float16") < lengthWith(grid, centroids, "float32");
  return isLess ? "float16" : "float32";
}

function lengthWith(found: Grid | undefined, centroids: Float32Array, precision: CentroidPrecision): number {
  const grid = shorterGrid(found, centroids, precision);
  return varintLength(2 * centroids.length) + (grid ? gridLength(grid, precision) : listLength(centroids, precision));
}

/** Bytes of the centroids one by one. */
function listLength(centroids: Float32Array, precision: CentroidPrecision): number {
  return centroids.length * sizeOf(precision);
}

/** Bytes of a step and the multiples of it. */
function gridLength({ multiples }: Grid, precision: CentroidPrecision): number {
  return sizeOf(precision) + multiplesLength(multiples);
}

/**
 * The grid of the centroids, if there is one whose step the precision has, and it takes fewer bytes than they do one by one,
 * or they are rounded there.
 */
function shorterGrid(grid: Grid | undefined, centroids: Float32Array, precision: CentroidPrecision): Grid | undefined {
  if (grid === undefined) return undefined;
  const isHalf = precision === "float16";
  if (isHalf && !isFloat16(Float32Array.of(grid.step))) return undefined;
  const isShorter = gridLength(grid, precision) < listLength(centroids, precision);
  return isShorter || (isHalf && !isFloat16(centroids)) ? grid : undefined;
}

/** Symbols of a value stream: the centroids, or the single code of an empty codebook. */
export function valueAlphabet(centroids: Float32Array): number {
  return Math.max(1, centroids.length);
}

/**
 * Count and coding, then the centroids in ascending order: one by one, or as multiples of a step where that is shorter
 * (docs/format.md, "Codebook").
 */
export function writeCodebook(out: ByteWriter, centroids: Float32Array, precision: CentroidPrecision): void {
  const grid = shorterGrid(gridOf(centroids), centroids, precision);
  out.varint(2 * centroids.length + (grid ? 1 : 0));
  out.bytes(floatBytes(grid ? Float32Array.of(grid.step) : centroids, precision));
  if (grid) out.bytes(encodeMultiples(grid.multiples));
}

function floatBytes(numbers: Float32Array, precision: CentroidPrecision): Uint8Array {
  if (precision === "float32") return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return new Uint8Array(Uint16Array.from(numbers, toFloat16).buffer);
}

/** The mirror of {@link floatBytes}. */
function readFloats(reader: ByteReader, count: number, precision: CentroidPrecision): Float32Array {
  const { buffer } = new Uint8Array(reader.bytes(count * sizeOf(precision))); // a copy, whatever lies around them
  return precision === "float32" ? new Float32Array(buffer) : Float32Array.from(new Uint16Array(buffer), fromFloat16);
}

/**
 * The mirror of {@link writeCodebook}, of the codebook that begins at `start`, and how many bytes it took.
 *
 * @throws FormatError "limit-exceeded" or "truncated" for too many, "out-of-range" for one that is not finite or a step that
 * is not above 0, "not-canonical" unless they ascend strictly and are coded as the writer would
 */
export function readCodebook(
  bytes: Uint8Array,
  options: { readonly start: number; readonly precision: CentroidPrecision; readonly max: number },
): { readonly centroids: Float32Array; readonly length: number } {
  const { start, precision, max } = options;
  const reader = byteReader(bytes.subarray(start), { baseOffset: start });
  const head = reader.varint({ max: 2 * max + 1 });
  const count = Math.floor(head / 2);
  const isGrid = head % 2 === 1;
  const { offset } = reader;
  const step = isGrid ? readStep(reader, precision) : undefined;
  const centroids =
    step === undefined ? readList(reader, { count, precision }) : readGrid(reader, bytes, { count, step });
  const grid = gridOf(centroids);
  if (step !== undefined && grid?.step !== step) {
    throw new FormatError("not-canonical", "the step of a grid is not the one that goes with it", { offset });
  }
  if ((shorterGrid(grid, centroids, precision) !== undefined) !== isGrid) {
    throw new FormatError("not-canonical", "the codebook is not in its shorter coding", { offset: start });
  }
  return { centroids, length: reader.offset - start };
}

/** Centroids one by one. */
function readList(
  reader: ByteReader,
  { count, precision }: { readonly count: number; readonly precision: CentroidPrecision },
): Float32Array {
  const { offset } = reader;
  const size = sizeOf(precision);
  if (count * size > reader.remaining) {
    throw new FormatError("truncated", `${count} centroids take more bytes than are left`, { offset });
  }
  const centroids = readFloats(reader, count, precision);
  checkCentroids(centroids, (i) => offset + i * size);
  return centroids;
}

function readStep(reader: ByteReader, precision: CentroidPrecision): number {
  const { offset } = reader;
  const [step = 0] = readFloats(reader, 1, precision);
  if (!(step > 0)) throw new FormatError("out-of-range", `expected a step above 0, got ${step}`, { offset });
  return step;
}

/** Multiples of a step. */
function readGrid(
  reader: ByteReader,
  bytes: Uint8Array,
  { count, step }: { readonly count: number; readonly step: number },
): Float32Array {
  const { offset } = reader;
  const { multiples, length } = decodeMultiples(bytes.subarray(offset), { count, baseOffset: offset });
  reader.bytes(length);
  const centroids = new Float32Array(count);
  for (let i = 0; i < count; i++) centroids[i] = multiples[i]! * step;
  checkCentroids(centroids, () => offset);
  return centroids;
}

function checkCentroids(centroids: Float32Array, offsetOf: (i: number) => number): void {
  for (let i = 0; i < centroids.length; i++) {
    if (!Number.isFinite(centroids[i])) {
      throw new FormatError("out-of-range", "a centroid is not finite", { offset: offsetOf(i) });
    }
    if (i > 0 && !(centroids[i]! > centroids[i - 1]!)) {
      throw new FormatError("not-canonical", "the centroids do not ascend", { offset: offsetOf(i) });
    }
  }
}

/**
 * Checks that every centroid is the value of some code; `filler` is a code that need not occur.
 *
 * @throws FormatError "not-canonical"
 */
export function checkCodebook(codes: Codes, centroids: Float32Array, filler?: number): void {
  const counts = histogram(codes, valueAlphabet(centroids));
  const idle = centroids.findIndex((_, code) => counts[code] === 0 && code !== filler);
  if (idle < 0 && (centroids.length > 0 || codes.length === 0)) return;
  throw new FormatError("not-canonical", "the codebook is not the codes' own", { offset: 0 });
}
