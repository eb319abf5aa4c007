import { allocateCodes, byteReader, byteWriter, elementCount, FormatError } from "@deep-compression/bits";
import { dequantize, withZero, zeroIndex } from "@deep-compression/codebook";
import type { Grid } from "@deep-compression/context-coding";
import { checkCodebook, codebookNotOwn, readCodebook, writeCodebook } from "./codebook-bytes";
import type { CodedSection, EncodingOptions } from "./coded-section";
import { type Band, bandsOf, encodeBands, MAX_ROW_ELEMENTS } from "./context-bands";
import { decodePart, matrixOf } from "./section-head";
import type { WeightOf, WeightSlice } from "./stored-weight";

/** Centroids on one side of that of rank 0: ranks are of 16 bits, with a sign. */
export const MAX_CENTROIDS_A_SIDE = 32767;

const [FLOAT16, HAS_GRID, HAS_CENTER] = [0x01, 0x02, 0x04];

/** A weight in the form context as a section (docs/format.md, "Context"). @throws RangeError if it cannot hold it */
export function encodeContext(stored: WeightOf<"context">, options: EncodingOptions): CodedSection {
  const section = tryEncodeContext(stored, options);
  if (section !== undefined) return section;
  const expected = `rows of at most ${MAX_ROW_ELEMENTS} elements, ${MAX_CENTROIDS_A_SIDE} centroids a side, and more weights`;
  throw new RangeError(`stored: expected ${expected}, got one that the form context cannot hold`);
}

/** As {@link encodeContext}; undefined for a weight that the form cannot hold: readers would refuse it. */
export function tryEncodeContext(
  stored: WeightOf<"context">,
  { shape, precision }: EncodingOptions,
): CodedSection | undefined {
  const { codes, centroids, grid, center } = stored;
  const below = center ?? zeroIndex(centroids);
  const above = centroids.length - 1 - below;
  if (Math.max(below, above) > MAX_CENTROIDS_A_SIDE || matrixOf(shape).columns > MAX_ROW_ELEMENTS) return undefined;
  const bands = encodeBands(bandsOf(shape, { grid, below, above }), codes, below);
  if (bands === undefined) return undefined;
  const out = byteWriter();
  const hasCenter = center !== undefined;
  out.u8((precision === "float16" ? FLOAT16 : 0) | (grid ? HAS_GRID : 0) | (hasCenter ? HAS_CENTER : 0));
  const codebookStart = out.length;
  writeCodebook(out, hasCenter ? centroids : centroids.filter((centroid) => centroid !== 0), precision);
  if (hasCenter) out.varint(center);
  const codebook = out.length - codebookStart;
  if (grid) {
    out.varint(grid.height);
    out.varint(grid.width);
  }
  for (const { length } of bands.slice(0, -1)) out.varint(length);
  for (const band of bands) out.bytes(band);
  const sizes = { section: out.length, codebook, lineMaps: 0, bands: sumOfLengths(bands) };
  return { stored, bytes: out.finish(), sizes };
}

/** The mirror of {@link encodeContext}. @throws FormatError */
export function decodeContext(bytes: Uint8Array, shape: readonly number[]): CodedSection {
  const { centroids, below, center, grid, bands, codebook } = openContext(bytes, shape);
  const codes = allocateCodes(centroids.length, elementCount(shape));
  for (const { start, ranks } of decodedBands(bands, bytes)) {
    for (let i = 0; i < ranks.length; i++) codes[start + i] = ranks[i]! + below;
  }
  checkCodebook(codes, centroids, center === undefined ? below : undefined);
  const found = { ...(grid && { grid }), ...(center !== undefined && { center }) };
  const stored = { form: "context", codes, centroids, ...found } as const;
  const parts = bands.map((band) => band.bytes);
  return { stored, bytes, sizes: { section: bytes.length, codebook, lineMaps: 0, bands: sumOfLengths(parts) } };
}

/**
 * The elements of the bands that begin in a slice, written where they go: threads so have no band in common. Whether every
 * centroid is that of some element only all of them tell: {@link checkContextElements}.
 *
 * @throws FormatError
 */
export function decodeContextSlice(bytes: Uint8Array, shape: readonly number[], slice: WeightSlice): void {
  const { centroids, below, bands } = openContext(bytes, shape);
  const elements = elementCount(shape);
  const [from, to] = [Math.floor(elements * slice.from), Math.floor(elements * slice.to)];
  const own = bands.filter(({ start }) => start >= from && start < to);
  for (const { start, ranks } of decodedBands(own, bytes)) {
    const codes = allocateCodes(centroids.length, ranks.length);
    for (let i = 0; i < ranks.length; i++) codes[i] = ranks[i]! + below;
    dequantize(codes, centroids, { into: slice.into.subarray(start, start + ranks.length) });
  }
}

/**
 * Checks that elements which were decoded in slices have every value of the codebook.
 *
 * @throws FormatError "not-canonical"
 */
export function checkContextElements(bytes: Uint8Array, shape: readonly number[], elements: Float32Array): void {
  const { centroids, center } = openContext(bytes, shape);
  const idle = new Set(centroids);
  if (center === undefined) idle.delete(0);
  for (let i = 0; i < elements.length && idle.size > 0; i++) idle.delete(elements[i]!);
  if (idle.size > 0) throw codebookNotOwn();
}

/** A band and its bytes, a view of those of the section. */
interface StoredBand extends Band {
  readonly bytes: Uint8Array;
}

interface OpenedContext {
  /** Without a center with 0 at its place. */
  readonly centroids: Float32Array;
  /** Centroids below that of rank 0. */
  readonly below: number;
  readonly center: number | undefined;
  readonly grid: Grid | undefined;
  readonly bands: readonly StoredBand[];
  /** Bytes of the codebook. */
  readonly codebook: number;
}

function openContext(bytes: Uint8Array, shape: readonly number[]): OpenedContext {
  const flags = byteReader(bytes).u8();
  if ((flags & ~(FLOAT16 | HAS_GRID | HAS_CENTER)) !== 0) {
    throw new FormatError("out-of-range", `flags ${flags} are not those of the form context`, { offset: 0 });
  }
  const precision = flags & FLOAT16 ? "float16" : "float32";
  const hasCenter = (flags & HAS_CENTER) !== 0;
  const own = readCodebook(bytes, { start: 1, precision, max: 2 * MAX_CENTROIDS_A_SIDE + (hasCenter ? 1 : 0) });
  const start = 1 + own.length;
  const reader = byteReader(bytes.subarray(start), { baseOffset: start });
  const center = hasCenter ? reader.varint() : undefined;
  const centroids = center === undefined ? withCentroidZero(own.centroids) : own.centroids;
  const below = center ?? zeroIndex(centroids);
  const codebook = reader.offset - 1;
  checkSides(below, centroids.length - 1 - below);
  const { columns } = matrixOf(shape);
  if (columns > MAX_ROW_ELEMENTS) {
    const message = `at most ${MAX_ROW_ELEMENTS} elements expected in a row, got ${columns}`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  const grid = flags & HAS_GRID ? checkedGrid({ height: reader.varint(), width: reader.varint() }, columns) : undefined;
  const bands = bandsOf(shape, { grid, below, above: centroids.length - 1 - below });
  const lengths = bands.slice(1).map(() => reader.varint());
  const parts = [...lengths.map((length) => reader.bytes(length)), reader.bytes(reader.remaining)];
  const stored = bands.map((band, i) => ({ ...band, bytes: parts[i]! }));
  return { centroids, below, center, grid, bands: stored, codebook };
}

function withCentroidZero(centroids: Float32Array): Float32Array {
  if (!centroids.includes(0)) return withZero(centroids);
  throw new FormatError("not-canonical", "a codebook without a center holds 0", { offset: 1 });
}

function checkSides(below: number, above: number): void {
  if (above < 0) throw new FormatError("out-of-range", `no centroid ${below} for the center`, { offset: 1 });
  const most = Math.max(below, above);
  if (most <= MAX_CENTROIDS_A_SIDE) return;
  const message = `at most ${MAX_CENTROIDS_A_SIDE} centroids expected on a side of rank 0, got ${most}`;
  throw new FormatError("limit-exceeded", message, { offset: 1 });
}

/** @throws FormatError unless the grid has several places, and divides the columns */
function checkedGrid(grid: Grid, columns: number): Grid {
  const { height, width } = grid;
  const places = height * width;
  if (places === 0 || columns % places !== 0) {
    throw new FormatError("out-of-range", `a grid of ${height} x ${width} does not divide ${columns} columns`, {
      offset: 0,
    });
  }
  if (places === 1) throw new FormatError("not-canonical", "a grid of one place is none", { offset: 0 });
  return grid;
}

/** The ranks of each band, one band in memory at a time. */
function* decodedBands(bands: readonly StoredBand[], section: Uint8Array) {
  for (const { start, codec, bytes } of bands) yield { start, ranks: decodePart(codec, bytes, section) };
}

function sumOfLengths(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
