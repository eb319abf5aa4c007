import type { ChunkCounts } from "./chunk-counts";
import { bitWidth, distinctSymbols } from "./histogram";
import { type StreamCode, streamCode } from "./stream-code";

/** A stream may have more codes, but each further one saves less. */
const MOST_CHOSEN = 16;

/** About what a symbol takes in a code-length table. */
const TABLE_BITS_A_SYMBOL = 3;

/** The codes of a chunked stream, in the order in which chunks first use them. */
export interface ChunkCodes {
  readonly codes: readonly StreamCode[];
  /** By chunk: which code. */
  readonly codeOf: Uint8Array;
}

/** One code, or several where the statistics of the chunks differ enough to pay for their tables. */
export function chooseCodes(counts: ChunkCounts, chunks: number): ChunkCodes {
  const one = { codes: [streamCode(counts.total)], codeOf: new Uint8Array(chunks) };
  if (counts.local === undefined || localGain(counts.local, counts.total) < one.codes[0].tableBits) return one;
  const codeOf = inOrderOfUse(groupChunks(counts.local));
  const groups = membersOf(codeOf, counts.local).map(together);
  if (groups.some((group) => distinctSymbols(group) < 2)) return one; // a code has two symbols at least
  const several = { codes: groups.map(streamCode), codeOf };
  return bitsOf(several) < bitsOf(one) ? several : one;
}

/**
 * About the bits that chunks would save with ideal codes of their own, beyond what chance would make of chunks alike: the
 * divergence of a chunk from the whole is near half its chi-square, whose mean for chunks alike is the degrees of freedom.
 */
function localGain(chunks: readonly Uint32Array[], total: Uint32Array): number {
  const sum = total.reduce((all, count) => all + count, 0);
  const inverse = Float64Array.from(total, (count) => (count === 0 ? 0 : sum / count));
  const freedom = distinctSymbols(total) - 1;
  let nats = 0;
  for (const counts of chunks) {
    let squares = 0;
    let length = 0;
    for (let symbol = 0; symbol < counts.length; symbol++) {
      squares += counts[symbol] * counts[symbol] * inverse[symbol];
      length += counts[symbol];
    }
    nats += (squares / length - length - freedom) / 2;
  }
  return nats / Math.LN2;
}

/** Bits of data, tables and numbers of codes. */
function bitsOf({ codes, codeOf }: ChunkCodes): number {
  return codes.reduce((bits, code) => bits + code.tableBits + code.dataBits, bitWidth(codes.length) * codeOf.length);
}

/**
 * Groups chunks alike, by ideal code lengths. The chunk that its group's code serves worst founds a new group, which the
 * chunks join that it serves better, for as long as that saves more than a table; then all chunks go where they cost least.
 */
function groupChunks(chunks: readonly Uint32Array[]): Uint8Array {
  const groupOf = new Uint8Array(chunks.length);
  const ideal = chunks.map((counts) => dot(counts, idealLengths([counts])));
  const lengths = [idealLengths(chunks)];
  const costs = chunks.map((counts) => dot(counts, lengths[0]));
  while (lengths.length < MOST_CHOSEN) {
    const excess = costs.map((cost, chunk) => cost - ideal[chunk]);
    const founder = chunks[excess.indexOf(Math.max(...excess))];
    const founded = idealLengths([founder]);
    const there = chunks.map((counts) => dot(counts, founded));
    const saved = there.reduce((sum, cost, chunk) => sum + Math.max(0, costs[chunk] - cost), 0);
    if (saved < TABLE_BITS_A_SYMBOL * distinctSymbols(founder) + chunks.length) break;
    for (const [chunk, cost] of there.entries()) {
      if (cost >= costs[chunk]) continue;
      groupOf[chunk] = lengths.length;
      costs[chunk] = cost;
    }
    lengths.push(founded);
  }
  return lengths.length === 1 ? groupOf : regrouped(chunks, inOrderOfUse(groupOf));
}

/** Each chunk goes to the group whose code, made for its chunks together, costs least. */
function regrouped(chunks: readonly Uint32Array[], groupOf: Uint8Array): Uint8Array {
  const lengths = membersOf(groupOf, chunks).map(idealLengths);
  return Uint8Array.from(chunks, (counts) => {
    const costs = lengths.map((lengthsOfGroup) => dot(counts, lengthsOfGroup));
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
  const counts = together(chunks);
  const sum = counts.reduce((total, count) => total + Math.max(count, 0.5), 0);
  return Float64Array.from(counts, (count) => Math.log2(sum / Math.max(count, 0.5)));
}

function together(chunks: readonly Uint32Array[]): Uint32Array {
  const sum = chunks[0].slice();
  for (const counts of chunks.slice(1))
    for (let symbol = 0; symbol < sum.length; symbol++) sum[symbol] += counts[symbol];
  return sum;
}

function dot(counts: Uint32Array, lengths: Float64Array): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) bits += counts[symbol] * lengths[symbol];
  return bits;
}
