import { varintLength } from "@deep-compression/bits";
import { CHUNK_SYMBOLS, summedCounts } from "@deep-compression/huffman";
import type { SubmatrixCounts } from "@deep-compression/sparse";
import type { BoundedCost } from "./form-costs";
import { tokenCounts } from "./mask-runs";

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
 * @param submatrices in the order of a scan without levels
 * @param options.levels of each submatrix, numbered from 0 without a gap
 * @param options.values the cost of the value stream
 */
export function sortedMaskCost(
  submatrices: readonly SubmatrixCounts[],
  { levels, values }: { readonly levels: Uint8Array; readonly values: BoundedCost },
): SortedMask {
  const count = levels.reduce((most, level) => Math.max(most, level + 1), 0);
  const byLevel = Array.from({ length: count }, (_, level) => submatrices.filter((_, at) => levels[at] === level));
  const runs = byLevel.map((all) => summedCounts(all.map(({ gaps }) => tokenCounts(gaps))));
  const mask = byLevel.map((all) => summedCounts(all.map((one) => one.mask)));
  const starts = [0];
  for (const [level, all] of byLevel.entries()) starts.push(starts[level]! + elementsOf(all));
  const costs = starts.map((elements, level) => ({
    runBytes: Math.floor(elements / 8),
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

function elementsOf(submatrices: readonly SubmatrixCounts[]): number {
  return submatrices.reduce((sum, { elements }) => sum + elements, 0);
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
