import { type Codes, elementCount } from "@deep-compression/bits";
import { type ContextCoding, contextCoding, FREE_ELEMENTS, type Grid } from "@deep-compression/context-coding";
import { matrixOf } from "./section-head";

/**
 * The most elements of a band, unless its only row has more. Each band begins with a fresh model: on a synthetic fc7 of AlexNet bands
 * of 2^20 elements cost 1.0 % of the bytes, of 2^18 2.6 %. Larger ones leave threads without work and take memory.
 */
export const BAND_ELEMENTS = 2 ** 21;

/** The most elements of a row in the form context: a model has 22 bytes of each column. */
export const MAX_ROW_ELEMENTS = 2 ** 20;

/** Rows of a matrix that are coded together, by themselves. */
export interface Band {
  /** Of its first element in the tensor, row-major. */
  readonly start: number;
  readonly elements: number;
  readonly codec: ContextCoding;
}

/** What the bands of a matrix have in common. */
export interface BandOptions {
  readonly grid?: Grid | undefined;
  /** Centroids below and above that of rank 0. */
  readonly below: number;
  readonly above: number;
}

/** How many bands a tensor is cut into (docs/format.md, "Context"). */
export function bandCount(shape: readonly number[]): number {
  return Math.ceil(matrixOf(shape).rows / rowsOfBand(shape));
}

function rowsOfBand(shape: readonly number[]): number {
  const { rows, columns } = matrixOf(shape);
  return Math.min(rows, Math.max(1, Math.floor(BAND_ELEMENTS / columns)));
}

/** The bands of a tensor of at least one element, of whole rows each. */
export function bandsOf(shape: readonly number[], { grid, below, above }: BandOptions): Band[] {
  const { rows, columns } = matrixOf(shape);
  const most = rowsOfBand(shape);
  const count = bandCount(shape);
  const options = { columns, ...(grid && { grid }), lowest: 0 - below, highest: above };
  const freeElements = Math.floor(FREE_ELEMENTS / count);
  const codec = (ofRows: number) => contextCoding({ ...options, rows: ofRows, freeElements });
  const [whole, rest] = [codec(most), codec(rows - (count - 1) * most)];
  return Array.from({ length: count }, (_, i) => {
    const start = i * most * columns;
    const elements = Math.min(most * columns, elementCount(shape) - start);
    return { start, elements, codec: i + 1 < count ? whole : rest };
  });
}

/** The bytes of each band, from codes one an element; undefined if one has so few weights that it has no encoding. */
export function encodeBands(bands: readonly Band[], codes: Codes, below: number): Uint8Array[] | undefined {
  const encoded: Uint8Array[] = [];
  for (const { start, elements, codec } of bands) {
    const bytes = codec.tryEncode(ranksOf(codes.subarray(start, start + elements), below));
    if (bytes === undefined) return undefined;
    encoded.push(bytes);
  }
  return encoded;
}

/** Ranks, which count from the center, of codes, which count from the lowest value. */
function ranksOf(codes: Codes, below: number): Int16Array {
  const ranks = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) ranks[i] = codes[i]! - below;
  return ranks;
}
