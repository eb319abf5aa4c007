import type { ChunkCounts } from "./chunk-counts";
import { bitWidth, distinctSymbols, summedCounts, totalOf } from "./histogram";
import { cheapestPrefixCode, type PrefixCode } from "./prefix-code";
import { countedBits } from "./prefix-encoder";

/** A stream may have more prefix codes, but each further one saves less. */
const MOST_CHOSEN = 16;

/** About what a symbol takes in a code-length table. */
const TABLE_BITS_A_SYMBOL = 3;

/** The prefix codes of a chunked stream, in the order in which chunks first use them. */
export interface ChunkPrefixCodes {
  readonly prefixCodes: readonly PrefixCode[];
  /** By chunk: which prefix code. */
  readonly tableNumbers: Uint8Array;
}

/** One prefix code, or several where the statistics of the chunks differ enough to pay for their tables. */
export function choosePrefixCodes(counts: ChunkCounts, chunks: number): ChunkPrefixCodes {
  const whole = cheapestPrefixCode(counts.total);
  const one = { prefixCodes: [whole], tableNumbers: new Uint8Array(chunks) };
  if (counts.local === undefined || localGain(counts.local, counts.total) < whole.tableBits) return one;
  const tableNumbers = inOrderOfUse(groupChunks(counts.local));
  const groups = membersOf(tableNumbers, counts.local).map(summedCounts);
  if (groups.some((group) => distinctSymbols(group) < 2)) return one; // a table holds two symbols at least
  const several = { prefixCodes: groups.map(cheapestPrefixCode), tableNumbers };
  return bitsOf(several) < bitsOf(one) ? several : one;
}

/**
 * About the bits that chunks would save with ideal codes of their own, beyond what chance would make of chunks alike: the
 * divergence of a chunk from the whole is near half its chi-square, whose mean for chunks alike is the degrees of freedom.
 */
function localGain(chunks: readonly Uint32Array[], total: Uint32Array): number {
  const sum = totalOf(total);
  const inverse = Float64Array.from(total, (count) => (count === 0 ? 0 : sum / count));
  const freedom = distinctSymbols(total) - 1;
  let nats = 0;
  for (const counts of chunks) {
    let squares = 0;
    let length = 0;
    for (let symbol = 0; symbol < counts.length; symbol++) {
      squares += counts[symbol]! * counts[symbol]! * inverse[symbol]!;
      length += counts[symbol]!;
    }
    nats += (squares / length - length - freedom) / 2;
  }
  return nats / Math.LN2;
}

/** Bits of code words, tables and their numbers. */
function bitsOf({ prefixCodes, tableNumbers }: ChunkPrefixCodes): number {
  const numberBits = bitWidth(prefixCodes.length) * tableNumbers.length;
  return prefixCodes.reduce((bits, { tableBits, dataBits }) => bits + tableBits + dataBits, numberBits);
}

/**
 * Groups chunks alike, by ideal code lengths. The chunk that its group's code serves worst founds a new group, which the
 * chunks join that it serves better, for as long as that saves more than a table; then all chunks go where they cost least.
 */
function groupChunks(chunks: readonly Uint32Array[]): Uint8Array {
  const groupOf = new Uint8Array(chunks.length);
  const ideal = chunks.map((counts) => countedBits(idealLengths([counts]), counts));
  const whole = idealLengths(chunks);
  const costs = chunks.map((counts) => countedBits(whole, counts));
  let groups = 1;
  for (; groups < MOST_CHOSEN; groups++) {
    const overhead = costs.map((cost, chunk) => cost - ideal[chunk]!);
    const founder = chunks[overhead.indexOf(Math.max(...overhead))]!;
    const lengths = idealLengths([founder]);
    const joined = chunks.map((counts, chunk) => Math.min(countedBits(lengths, counts), costs[chunk]!));
    const saved = joined.reduce((sum, cost, chunk) => sum + (costs[chunk]! - cost), 0);
    if (saved < TABLE_BITS_A_SYMBOL * distinctSymbols(founder) + chunks.length) break;
    for (const [chunk, cost] of joined.entries()) {
      if (cost < costs[chunk]!) groupOf[chunk] = groups;
      costs[chunk] = cost;
    }
  }
  return groups === 1 ? groupOf : regrouped(chunks, inOrderOfUse(groupOf));
}

/** Each chunk goes to the group whose code, made for its chunks together, costs least. */
function regrouped(chunks: readonly Uint32Array[], groupOf: Uint8Array): Uint8Array {
  const lengths = membersOf(groupOf, chunks).map(idealLengths);
  return Uint8Array.from(chunks, (counts) => {
    const costs = lengths.map((lengthsOfGroup) => countedBits(lengthsOfGroup, counts));
    return costs.indexOf(Math.min(...costs));
  });
}

/** Groups numbered by their first chunk. */
function inOrderOfUse(groupOf: Uint8Array): Uint8Array {
  const order = [...new Set(groupOf)];
  return groupOf.map((group) => order.indexOf(group));
}

/** The chunks of each group. */
function membersOf(groupOf: Uint8Array, chunks: readonly Uint32Array[]): Uint32Array[][] {
  const groups = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  return Array.from({ length: groups }, (_, group) => chunks.filter((_, chunk) => groupOf[chunk] === group));
}

/** Bits of each symbol in an ideal code for some chunks; one that is absent counts as half a symbol. */
function idealLengths(chunks: readonly Uint32Array[]): Float64Array {
  const counts = summedCounts(chunks);
  const sum = counts.reduce((total, count) => total + Math.max(count, 0.5), 0);
  return Float64Array.from(counts, (count) => Math.log2(sum / Math.max(count, 0.5)));
}
