import { checkInteger, checkTypedArray } from "@deep-compression/runtime";
import { bitWidth, distinctSymbols, MAX_ALPHABET } from "./histogram";

/** Longest code word, in bits: with the 7 bits of a byte begun it still fits a 32-bit integer. */
export const MAX_CODE_LENGTH = 24;

const DEFAULT_MAX_LENGTH = 15;

/**
 * Optimal length-limited code lengths by package-merge (Larmore and Hirschberg 1990): no prefix code whose code words
 * have at most `maxLength` bits takes fewer bits in all. Among equal counts the higher symbol gets the longer code word
 * (docs/format.md, "Code lengths"). Absent symbols get 0. Where only one symbol occurs it gets 1, except in an
 * alphabet of one symbol: that symbol needs no bits, so it gets 0.
 *
 * Time is of order n log n + n maxLength for n symbols that occur.
 *
 * @param counts one an alphabet's symbol, 1..65,536 of them
 * @param options.maxLength 1..24; default 15, or what the symbols need if that is more
 * @throws TypeError on wrong arguments, RangeError if 2^maxLength is less than the number of symbols that occur
 */
export function codeLengths(counts: Uint32Array, options: { readonly maxLength?: number } = {}): Uint8Array {
  checkCounts(counts);
  const order = ascendingByCount(counts);
  const minimum = bitWidth(Math.max(order.length, 2));
  const { maxLength = Math.max(DEFAULT_MAX_LENGTH, minimum) } = options;
  checkInteger("maxLength", maxLength, { minimum, maximum: MAX_CODE_LENGTH });
  if (order.length < 2) return Uint8Array.from(counts, (count) => (counts.length > 1 && count > 0 ? 1 : 0));
  return lengthsWithin(maxLength, { counts, order, levels: mergeLevels(counts, order, maxLength) });
}

/**
 * Optimal code lengths for each limit `minimum..maximum` in turn, at the price of about one: the lists of package-merge
 * do not depend on the limit. At least two symbols must occur, and 2^minimum must suffice for them.
 */
export function codeLengthsByLimit(
  counts: Uint32Array,
  limits: { readonly minimum: number; readonly maximum: number },
): Uint8Array[] {
  const order = ascendingByCount(counts);
  const levels = mergeLevels(counts, order, limits.maximum);
  const found: Uint8Array[] = [];
  for (let limit = limits.minimum; limit <= limits.maximum; limit++) {
    found.push(lengthsWithin(limit, { counts, order, levels }));
  }
  return found;
}

/**
 * Optimal code lengths without a limit by Huffman's algorithm (1952), in a tenth of the time; undefined if one is above
 * `maxLength`. Among codes that take as few bits it may give another than {@link codeLengths}. At least two symbols must occur.
 */
export function huffmanLengths(counts: Uint32Array, maxLength: number): Uint8Array | undefined {
  const order = ascendingByCount(counts);
  const size = order.length;
  // The leaves, rarest first, then the nodes in the order in which they are made, which is that of their counts.
  const weights = new Float64Array(2 * size - 1);
  const parents = new Uint32Array(2 * size - 1);
  for (let i = 0; i < size; i++) weights[i] = counts[order[i]];
  for (let node = size, leaf = 0, made = size; node < weights.length; node++) {
    for (let child = 0; child < 2; child++) {
      const lightest = made === node || (leaf < size && weights[leaf] <= weights[made]) ? leaf++ : made++;
      weights[node] += weights[lightest];
      parents[lightest] = node;
    }
  }
  const depths = new Uint32Array(2 * size - 1);
  for (let node = depths.length - 2; node >= 0; node--) depths[node] = depths[parents[node]] + 1;
  if (depths[0] > maxLength) return undefined; // of the rarest
  const lengths = new Uint8Array(counts.length);
  for (let i = 0; i < size; i++) lengths[order[i]] = depths[i];
  return lengths;
}

export function checkCounts(counts: Uint32Array): void {
  checkTypedArray("counts", counts, Uint32Array);
  checkInteger("counts.length", counts.length, { minimum: 1, maximum: MAX_ALPHABET });
}

/** The symbols that occur, rarest first, the higher symbol first among equals. */
function ascendingByCount(counts: Uint32Array): Uint16Array {
  // A count and a symbol make one number below 2^48, so that the numeric sort needs no comparator.
  const keys = new Float64Array(distinctSymbols(counts));
  let found = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] > 0) keys[found++] = counts[symbol] * MAX_ALPHABET + (MAX_ALPHABET - 1 - symbol);
  }
  return new Uint16Array(keys.sort().map((key) => MAX_ALPHABET - 1 - (key % MAX_ALPHABET)));
}

/**
 * The lists of package-merge: list l holds the leaves merged with the pairs of list l - 1, in order of count, a leaf
 * before a package of equal count. Of each list only which items are leaves (1) is kept. A list that is the one before it
 * again stands for all that follow: code words need no more bits.
 */
function mergeLevels(counts: Uint32Array, order: Uint16Array, levels: number): Uint8Array[] {
  const leaves = new Float64Array(order).map((symbol) => counts[symbol]);
  const flags: Uint8Array[] = [];
  let previous = new Float64Array(2 * leaves.length);
  let merged = new Float64Array(2 * leaves.length);
  let length = 0;
  for (let differs = true; differs && flags.length < levels; ) {
    const packages = length >> 1;
    differs = length !== leaves.length + packages;
    length = leaves.length + packages;
    const isLeaf = new Uint8Array(length);
    for (let i = 0, leaf = 0, pair = 0; i < length; i++) {
      const packed = pair < packages ? previous[2 * pair] + previous[2 * pair + 1] : Infinity;
      if (leaf < leaves.length && leaves[leaf] <= packed) {
        merged[i] = leaves[leaf++];
        isLeaf[i] = 1;
      } else {
        merged[i] = packed;
        pair++;
      }
      if (merged[i] !== previous[i]) differs = true;
    }
    flags.push(isLeaf);
    [previous, merged] = [merged, previous];
  }
  return flags;
}

/** Takes the 2n - 2 lightest items of the list of the limit: each time a leaf was taken, its code word is one bit longer. */
function lengthsWithin(
  limit: number,
  merge: { readonly counts: Uint32Array; readonly order: Uint16Array; readonly levels: readonly Uint8Array[] },
): Uint8Array {
  const lengths = new Uint8Array(merge.counts.length);
  let taken = 2 * merge.order.length - 2;
  for (let level = limit - 1; level >= 0 && taken > 0; level--) {
    let leaves = 0;
    const list = merge.levels[Math.min(level, merge.levels.length - 1)];
    for (let i = 0; i < taken; i++) leaves += list[i];
    for (let i = 0; i < leaves; i++) lengths[merge.order[i]]++;
    taken = 2 * (taken - leaves);
  }
  return lengths;
}
