import { type Codes, varintLength } from "@deep-compression/bits";
import { CHUNK_SYMBOLS } from "@deep-compression/huffman";
import { type Layout, levelStarts, type SparseVector } from "@deep-compression/sparse";
import type { BoundedCost } from "./form-costs";
import { firstFrom, tokenCounts } from "./mask-runs";

/** Bytes of a code-length table, about. */
const TABLE_BYTES = 60;

/** Bytes of a chunk's header and of the padding of its substreams, about. */
const CHUNK_BYTES = 10;

/** How a mask whose submatrices have levels is told best, and about what it takes. */
export interface SortedMask {
  /** Bytes of the mask that are told by runs: those of the sparsest levels. */
  readonly runBytes: number;
  readonly streams: BoundedCost;
}

/**
 * The bytes of a mask that are told by runs, and the cost of the streams, as if chunks had prefix codes of their own.
 *
 * @param entries in the scan order of the layout, which has levels
 * @param values the cost of the value stream
 */
export function sortedMaskCost(
  layout: Layout,
  { entries, values }: { readonly entries: SparseVector<Codes>; readonly values: BoundedCost },
): SortedMask {
  const { positions } = entries;
  const starts = levelStarts(layout);
  const ranges = starts.slice(1).map((to, level) => ({ from: starts[level]!, to }));
  const runs = ranges.map((range) => tokenCounts(positions, range));
  const mask = ranges.map((range) => maskByteCounts(positions, range));
  const costs = starts.map((start, level) => ({
    runBytes: Math.floor(start / 8),
    bytes: Math.ceil(streamBytes(runs.slice(0, level)) + streamBytes(mask.slice(level))),
  }));
  const { runBytes, bytes } = costs.reduce((best, cost) => (cost.bytes < best.bytes ? cost : best));
  const lengths = 2 * varintLength(runBytes) + 2 * varintLength(bytes);
  const streams: BoundedCost = {
    least: lengths + values.least,
    cost: () => ({ bytes: lengths + bytes + values.cost().bytes, isExact: false }),
  };
  return { runBytes, streams };
}

/** Bytes of a stream that goes through levels of these counts. Levels of less than a chunk share a prefix code. */
function streamBytes(levels: readonly Uint32Array[]): number {
  let bytes = 0;
  let group = new Uint32Array(256);
  for (const [i, counts] of levels.entries()) {
    for (let symbol = 0; symbol < counts.length; symbol++) group[symbol]! += counts[symbol]!;
    if (i + 1 < levels.length && totalOf(group) < CHUNK_SYMBOLS) continue;
    bytes += TABLE_BYTES + codedBytes(group);
    group = new Uint32Array(256);
  }
  return bytes;
}

function totalOf(counts: Uint32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How often each byte of a mask occurs at scan positions `from` <= p < `to`, about: those at the ends belong to two levels. */
function maskByteCounts(
  positions: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Uint32Array {
  const counts = new Uint32Array(256);
  let present = 0;
  for (let i = firstFrom(positions, from); i < positions.length && positions[i]! < to; present++) {
    const at = positions[i]! >>> 3;
    let byte = 0;
    for (; i < positions.length && positions[i]! < to && positions[i]! >>> 3 === at; i++)
      byte |= 1 << (positions[i]! & 7);
    counts[byte]!++;
  }
  counts[0] = Math.max(0, Math.ceil((to - from) / 8) - present);
  return counts;
}

/**
 * Bytes of symbols of these counts in a prefix code for them, about, and what their chunks take besides: their entropy, but a bit for
 * each dominant symbol, which code words of whole bits cannot take less for.
 */
function codedBytes(counts: Uint32Array): number {
  const symbols = totalOf(counts);
  const most = counts.reduce((highest, count) => Math.max(highest, count), 0);
  const prevails = 2 * most > symbols;
  const others = prevails ? symbols - most : symbols;
  let bits = prevails ? symbols : 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol]!;
    if (count > 0 && !(prevails && count === most)) bits -= count * Math.log2(count / others);
  }
  return bits / 8 + (CHUNK_BYTES * symbols) / CHUNK_SYMBOLS;
}
