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
  return codeLengthsByLimit(counts, { minimum: maxLength, maximum: maxLength })[0];
}

/**
 * Optimal code lengths for each limit `minimum..maximum` in turn, at the price of about one: the lists of package-merge
 * do not depend on the limit. The first limit that no code word reaches ends it: all above give the same lengths. At least
 * two symbols must occur, and 2^minimum must suffice for them.
 */
export function codeLengthsByLimit(
  counts: Uint32Array,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): Uint8Array[] {
  const order = ascendingByCount(counts);
  const lists: MergedList[] = [];
  const found: Uint8Array[] = [];
  for (let limit = 1; limit <= maximum; limit++) {
    lists.push(mergedList(counts, order, lists.at(-1)?.items ?? []));
    if (limit < minimum) continue;
    const lengths = lengthsWithin(lists, order, counts.length);
    found.push(lengths);
    if (lengths[order[0]] < limit) break; // the rarest has the longest
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
  return new Uint16Array(keys.sort().map((key) => ~key)); // the low 16 bits
}

/** A list of package-merge. */
interface MergedList {
  /** Counts of leaves and packages, ascending. */
  readonly items: Float64Array;
  /** How many leaves stand up to each item. */
  readonly leavesUpTo: Uint32Array;
}

/** The leaves merged with the pairs of the list before, in order of count, a leaf before a package of equal count. */
function mergedList(counts: Uint32Array, order: Uint16Array, before: ArrayLike<number>): MergedList {
  const packages = before.length >> 1;
  const items = new Float64Array(order.length + packages);
  const leavesUpTo = new Uint32Array(items.length);
  for (let i = 0, leaf = 0; i < items.length; i++) {
    const pair = i - leaf;
    const packed = pair < packages ? before[2 * pair] + before[2 * pair + 1] : Infinity;
    const count = leaf < order.length ? counts[order[leaf]] : Infinity;
    if (count <= packed) leaf++;
    items[i] = Math.min(count, packed);
    leavesUpTo[i] = leaf;
  }
  return { items, leavesUpTo };
}

/**
 * Takes the 2n - 2 lightest items of the last list, which is that of the limit, and of each list before it the pairs that make
 * the packages taken: each time a leaf is taken, its code word is one bit longer.
 */
function lengthsWithin(lists: readonly MergedList[], order: Uint16Array, alphabet: number): Uint8Array {
  const lengths = new Uint8Array(alphabet);
  let taken = 2 * order.length - 2;
  for (let level = lists.length - 1; taken > 0; level--) {
    const leaves = lists[level].leavesUpTo[taken - 1];
    for (let i = 0; i < leaves; i++) lengths[order[i]]++;
    taken = 2 * (taken - leaves);
  }
  return lengths;
}
