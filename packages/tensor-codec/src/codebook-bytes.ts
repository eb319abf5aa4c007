import {
  type ByteReader,
  type ByteWriter,
  byteReader,
  type Codes,
  FormatError,
  isFloat16,
  varintLength,
} from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import { type CentroidPrecision, floatBits, floatsOfBits, PRECISIONS } from "./centroid-precision";
import { type Differences, decodeDifferences, differencesOf, encodeDifferences } from "./codebook-differences";
import { decodeMultiples, encodeMultiples, type Grid, gridOf, multiplesLength } from "./codebook-grid";

/** More would not be told apart by 16-bit codes. */
export const MAX_CENTROIDS = 65536;

/** How a codebook is written behind `countAndCoding`, and in how many bytes. */
type CodebookCoding =
  | { readonly coding: "list"; readonly length: number }
  | ({ readonly coding: "grid"; readonly length: number } & Grid)
  | ({ readonly coding: "differences" } & Differences);

/** Bytes that a codebook takes. */
export function codebookLength(centroids: Float32Array, precision: CentroidPrecision): number {
  const { coding, length } = shortestCoding(centroids, { precision, grid: gridOf(centroids) });
  return varintLength(countAndCoding(centroids, coding)) + length;
}

/** Grids, of which there are the most, of up to 63 centroids take one byte; of other codings fewer. */
function countAndCoding({ length }: Float32Array, coding: CodebookCoding["coding"]): number {
  if (coding === "grid") return 2 * length + 1;
  return 4 * length + (coding === "differences" ? 2 : 0);
}

/** The mirror of {@link countAndCoding}. */
function readCountAndCoding(
  reader: ByteReader,
  max: number,
): { readonly count: number; readonly read: CodebookReader } {
  const { offset } = reader;
  const head = reader.varint({ max: 4 * max + 2 });
  if (head % 2 === 0) return { count: Math.floor(head / 4), read: head % 4 === 0 ? readList : readDifferences };
  const count = (head - 1) / 2;
  if (count > max) throw new FormatError("limit-exceeded", `${count} centroids, at most ${max} allowed`, { offset });
  return { count, read: readGrid };
}

/** The precision with which a codebook takes the fewest bytes and nothing is lost. */
export function leastPrecision(centroids: Float32Array): CentroidPrecision {
  const grid = gridOf(centroids);
  if (!isFloat16(centroids) && gridWith("float16", grid) === undefined) return "float32";
  const lengthWith = (precision: CentroidPrecision) => shortestCoding(centroids, { precision, grid }).length;
  return lengthWith("float16") < lengthWith("float32") ? "float16" : "float32";
}

/**
 * The coding of the fewest bytes, the first of list, grid and differences among equals. Centroids that the precision does not have are
 * a grid.
 */
function shortestCoding(
  centroids: Float32Array,
  { precision, grid: found }: { readonly precision: CentroidPrecision; readonly grid: Grid | undefined },
): CodebookCoding {
  const list = { coding: "list", length: centroids.length * PRECISIONS[precision].size } as const;
  if (centroids.length === 0) return list;
  const grid = gridWith(precision, found);
  if (precision === "float16" && grid !== undefined && !isFloat16(centroids)) return grid;
  const plain = grid !== undefined && grid.length < list.length ? grid : list;
  const differences = { coding: "differences", ...differencesOf(centroids, precision) } as const;
  return differences.length < plain.length ? differences : plain;
}

/** A grid as a coding, if the precision has its step. */
function gridWith(precision: CentroidPrecision, grid: Grid | undefined) {
  if (grid === undefined || (precision === "float16" && !isFloat16(Float32Array.of(grid.step)))) return undefined;
  return { coding: "grid", ...grid, length: PRECISIONS[precision].size + multiplesLength(grid.multiples) } as const;
}

/** Symbols of a value stream: the centroids, or the single code of an empty codebook. */
export function valueAlphabet(centroids: Float32Array): number {
  return Math.max(1, centroids.length);
}

/**
 * Count and coding, then the centroids in ascending order: one by one, as multiples of a step, or each by its difference from the one
 * before, whichever is shortest (docs/format.md, "Codebook").
 */
export function writeCodebook(out: ByteWriter, centroids: Float32Array, precision: CentroidPrecision): void {
  const chosen = shortestCoding(centroids, { precision, grid: gridOf(centroids) });
  out.varint(countAndCoding(centroids, chosen.coding));
  if (chosen.coding === "differences") return void out.bytes(encodeDifferences(chosen, precision));
  if (chosen.coding === "list") return void out.bytes(floatBytes(centroids, precision));
  out.bytes(floatBytes(Float32Array.of(chosen.step), precision));
  out.bytes(encodeMultiples(chosen.multiples));
}

function floatBytes(numbers: Float32Array, precision: CentroidPrecision): Uint8Array {
  return new Uint8Array(floatBits(numbers, precision).buffer);
}

/** The mirror of {@link floatBytes}. */
function readFloats(reader: ByteReader, count: number, precision: CentroidPrecision): Float32Array {
  const { buffer } = new Uint8Array(reader.bytes(count * PRECISIONS[precision].size)); // a copy, whatever lies around them
  return floatsOfBits(precision === "float32" ? new Uint32Array(buffer) : new Uint16Array(buffer), precision);
}

/** A codebook where it stands: the bytes around it, and where it begins behind `countAndCoding`. */
interface CodebookBytes {
  readonly reader: ByteReader;
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly precision: CentroidPrecision;
}

/** Centroids, and what was written beside them that they tell themselves. */
type ReadCodebook = { readonly centroids: Float32Array } & (
  | { readonly coding: "list" }
  | ({ readonly coding: "grid" } & Grid)
  | { readonly coding: "differences"; readonly zeroBits: number; readonly order: number }
);

type CodebookReader = (codebook: CodebookBytes) => ReadCodebook;

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
  const { count, read } = readCountAndCoding(reader, max);
  const found = read({ reader, bytes, count, precision });
  const { centroids } = found;
  const grid = gridOf(centroids);
  if (found.coding === "grid" && !isSameGrid(grid, found)) {
    throw new FormatError("not-canonical", "the step of a grid is not the one that goes with it", { offset: start });
  }
  const shortest = shortestCoding(centroids, { precision, grid });
  if (found.coding !== shortest.coding || !hasShortestOrder(found, shortest)) {
    throw new FormatError("not-canonical", "the codebook is not in its shortest coding", { offset: start });
  }
  return { centroids, length: reader.offset - start };
}

/** Whether step and multiples are those of the centroids: of large ones several may be rounded to one float32. */
function isSameGrid(grid: Grid | undefined, { step, multiples }: Grid): boolean {
  return grid?.step === step && multiples.every((multiple, i) => multiple === grid.multiples[i]);
}

/** Whether differences leave out all bits that they can, and are in the order that takes the fewest. */
function hasShortestOrder(found: ReadCodebook, shortest: CodebookCoding): boolean {
  if (found.coding !== "differences" || shortest.coding !== "differences") return true;
  return found.zeroBits === shortest.zeroBits && found.order === shortest.order;
}

/** Centroids one by one. */
function readList({ reader, count, precision }: CodebookBytes): ReadCodebook {
  const { offset } = reader;
  const { size } = PRECISIONS[precision];
  if (count * size > reader.remaining) {
    throw new FormatError("truncated", `${count} centroids take more bytes than are left`, { offset });
  }
  const centroids = readFloats(reader, count, precision);
  checkCentroids(centroids, (i) => offset + i * size);
  return { coding: "list", centroids };
}

/** A step, and multiples of it. */
function readGrid({ reader, bytes, count, precision }: CodebookBytes): ReadCodebook {
  const step = readStep(reader, precision);
  const { offset } = reader;
  const { multiples, length } = decodeMultiples(bytes.subarray(offset), { count, baseOffset: offset });
  reader.bytes(length);
  const centroids = new Float32Array(count);
  for (let i = 0; i < count; i++) centroids[i] = multiples[i]! * step;
  checkCentroids(centroids, () => offset);
  return { coding: "grid", step, multiples, centroids };
}

function readStep(reader: ByteReader, precision: CentroidPrecision): number {
  const { offset } = reader;
  const [step = 0] = readFloats(reader, 1, precision);
  if (!(step > 0)) throw new FormatError("out-of-range", `expected a step above 0, got ${step}`, { offset });
  return step;
}

/** Differences of neighbours. */
function readDifferences({ reader, bytes, count, precision }: CodebookBytes): ReadCodebook {
  const { offset } = reader;
  if (count === 0) throw new FormatError("not-canonical", "differences of no centroids", { offset });
  const { length, ...found } = decodeDifferences(bytes.subarray(offset), { count, precision, baseOffset: offset });
  reader.bytes(length);
  return { coding: "differences", ...found };
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

/** The error of a codebook with a centroid that no element has. */
export function codebookNotOwn(): FormatError {
  return new FormatError("not-canonical", "a centroid of the codebook is that of no element", { offset: 0 });
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
  throw codebookNotOwn();
}
