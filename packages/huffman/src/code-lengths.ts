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
  const distinct = distinctSymbols(counts);
  const minimum = bitWidth(Math.max(distinct, 2));
  const { maxLength = Math.max(DEFAULT_MAX_LENGTH, minimum) } = options;
  checkInteger("maxLength", maxLength, { minimum, maximum: MAX_CODE_LENGTH });
  if (distinct < 2) return Uint8Array.from(counts, (count) => (counts.length > 1 && count > 0 ? 1 : 0));
  return lengthsWithin(maxLength, mergedLists(counts, maxLength), new Uint8Array(counts.length));
}

/**
 * Optimal code lengths for each limit `minimum..maximum` in turn, at the price of about one: the lists of package-merge
 * do not depend on the limit. At least two symbols must occur, and 2^minimum must suffice for them.
 */
export function codeLengthsByLimit(
  counts: Uint32Array,
  limits: { readonly minimum: number; readonly maximum: number },
): Uint8Array[] {
  const { minimum, maximum } = limits;
  const lists = mergedLists(counts, maximum);
  const { length } = counts;
  const all = new Uint8Array(length * (maximum - minimum + 1));
  const found: Uint8Array[] = [];
  for (let limit = minimum, at = 0; limit <= maximum; limit++, at += length) {
    found.push(lengthsWithin(limit, lists, all.subarray(at, at + length)));
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

/** The lists of package-merge. Of each list only the places of its leaves are kept. */
interface MergedLists {
  /** The symbols that occur, rarest first, the higher symbol first among equals: the leaves. */
  readonly order: Uint16Array;
  /** `places[order.length * l + i]`: the place of leaf i in list l. */
  readonly places: Uint32Array;
  readonly lists: number;
  /** Room for a number a leaf, 0 each. */
  readonly room: Uint8Array;
}

/**
 * List l holds the leaves merged with the pairs of list l - 1, in order of count, a leaf before a package of equal count. A
 * list that is the one before it again stands for all that follow: code words need no more bits.
 */
function mergedLists(counts: Uint32Array, mostLists: number): MergedLists {
  const order = ascendingByCount(counts);
  const size = order.length;
  const places = new Uint32Array(mostLists * size);
  // The list before from place 0 on and the next from 2n on, or the other way round; the leaves from 4n on.
  const items = new Float64Array(5 * size);
  for (let i = 0; i < size; i++) items[4 * size + i] = counts[order[i]];
  let length = 0;
  let lists = 0;
  for (let differs = true, previous = 0; differs && lists < mostLists; lists++) {
    const next = 2 * size - previous;
    const packages = length >> 1;
    differs = length !== size + packages;
    length = size + packages;
    for (let i = 0, leaf = 0, pair = 0; i < length; i++) {
      const packed = pair < packages ? items[previous + 2 * pair] + items[previous + 2 * pair + 1] : Infinity;
      let item = packed;
      if (leaf < size && items[4 * size + leaf] <= packed) {
        places[lists * size + leaf] = i;
        item = items[4 * size + leaf++];
      } else pair++;
      items[next + i] = item;
      if (item !== items[previous + i]) differs = true;
    }
    previous = next;
  }
  return { order, places, lists, room: new Uint8Array(size) };
}

/** The symbols that occur, rarest first, the higher symbol first among equals. */
function ascendingByCount(counts: Uint32Array): Uint16Array {
  // A count and a symbol make one number below 2^48, so that the numeric sort needs no comparator.
  const keys = new Float64Array(distinctSymbols(counts));
  let found = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol] > 0) keys[found++] = counts[symbol] * MAX_ALPHABET + (MAX_ALPHABET - 1 - symbol);
  }
  keys.sort();
  const order = new Uint16Array(found);
  for (let i = 0; i < found; i++) order[i] = MAX_ALPHABET - 1 - (keys[i] % MAX_ALPHABET);
  return order;
}

/**
 * Takes the 2n - 2 lightest items of the list of the limit, of the list before it the pairs that make the packages among
 * them, and so on: each time a leaf is taken, its code word is one bit longer.
 *
 * @param lengths one a symbol, 0 each
 */
function lengthsWithin(limit: number, { order, places, lists, room }: MergedLists, lengths: Uint8Array): Uint8Array {
  const size = order.length;
  let taken = 2 * size - 2;
  for (let level = limit - 1; level >= 0 && taken > 0; level--) {
    const leaves = leavesAmong(taken, places, { start: size * Math.min(level, lists - 1), size });
    room[leaves - 1]++;
    taken = 2 * (taken - leaves);
  }
  for (let i = size - 1, length = 0; i >= 0; i--) {
    length += room[i];
    room[i] = 0;
    lengths[order[i]] = length;
  }
  return lengths;
}

/** How many of a list's first items are leaves, of which the first item is one. */
function leavesAmong(
  items: number,
  places: Uint32Array,
  { start, size }: { readonly start: number; readonly size: number },
): number {
  let low = start + 1;
  let high = start + size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (places[middle] < items) low = middle + 1;
    else high = middle;
  }
  return low - start;
}
