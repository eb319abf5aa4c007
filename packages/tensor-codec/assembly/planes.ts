// Decodes the coded planes of up to 65,536 elements, a chunk, and joins planes to elements (docs/format.md, "Split").
//
// The caller copies a section, or of longer ones what a chunk has in them, and checks lengths. What the bits say makes no
// difference to what is read and written: a code word has at most 11 bits, so a table is read no further than its items can take, and a
// substream no further than so many bits a symbol; behind SECTION_BYTES there is room for that.

import { ENTRIES_BYTES, makeEntries, put, roundsOf, severalOf, USED_BITS } from "./several-symbols";

/** Bits of the longest code word. */
const MAX_BITS: u32 = 11;
const CHUNK: u32 = 65536;
const SUBSTREAM_BYTES: u32 = (CHUNK / 4 * MAX_BITS) / 8;

/** Elements of the longest chunk that is one substream, and bytes of the header of one that is four. */
const MAX_SINGLE: u32 = 1024;
const HEADER_BYTES: u32 = 8;

/** Planes of an element of 8 bytes; larger ones are none of this kernel's. */
const MAX_PLANES: u32 = 8;

/** The code lengths that are being read, their number of each length, and the symbols in the order of their code words. */
const LENGTHS: u32 = 0x10000;
const NEXT_WORDS: u32 = LENGTHS + 256;
const IN_ORDER: u32 = NEXT_WORDS + 64;

/** By plane: its bytes in the section, where it is, a mask of the bits that index its table. */
const PLANE_LENGTHS: u32 = IN_ORDER + 256;
const PLACES: u32 = PLANE_LENGTHS + 4 * MAX_PLANES;
const MASKS: u32 = PLACES + 4 * MAX_PLANES;

/** By plane, a table: by the next bits the symbol << 8 | the code length. */
const TABLES: u32 = MASKS + 4 * MAX_PLANES;
const TABLE_BYTES: u32 = 2 << MAX_BITS;

/** A section of one chunk, or a part of a longer one. */
export const SECTION: u32 = TABLES + MAX_PLANES * TABLE_BYTES;
export const SECTION_BYTES: u32 = MAX_PLANES * CHUNK + 4096;

/** The planes of a chunk, each in so many bytes: vectors read a little further than a plane is long. */
export const PLANES: u32 = SECTION + SECTION_BYTES + SUBSTREAM_BYTES + 64;
export const PLANE_BYTES: u32 = CHUNK + 64;
export const ELEMENTS: u32 = PLANES + MAX_PLANES * PLANE_BYTES;

/** By plane, entries of several symbols, if it is long; whether it is. */
const ENTRIES: u32 = ELEMENTS + MAX_PLANES * CHUNK + 64;
const ARE_SEVERAL: u32 = ENTRIES + MAX_PLANES * ENTRIES_BYTES;
export const END: u32 = ARE_SEVERAL + 4 * MAX_PLANES;

/** Elements from which on entries of several symbols take less time than they save (measured). */
const MANY: u32 = 32768;

const PLANTED: u64 = 1 << 63;

/** Code words in 56 bits, which a window has at least when it is filled. */
const LOOK_UPS: u32 = 5;

/** Rice numbers of an absent run, and the zigzag numbers from which on symbols present make way for it. */
const ABSENT: u32 = 3;

/** The next 57 bits at least from bit `at` of the bytes at `from`. */
// @ts-ignore: decorator
@inline function windowAt(from: u32, at: u32): u64 {
  return load<u64>(from + (at >> 3)) >> <u64>(at & 7);
}

// @ts-ignore: decorator
@inline function ones(window: u64): u32 {
  return <u32>ctz(~window);
}

/**
 * Reads the table of code lengths by itself (docs/format.md, "Code-length table") that stands at `from`, of an alphabet of 256, and
 * makes the look-up table of a plane of it.
 *
 * @param length bytes that are there
 * @param count elements of the whole plane
 * @returns the bytes of the table, or 0 if it is none, of one symbol only, or has code words of more than 11 bits
 */
export function readTable(plane: u32, from: u32, length: u32, count: u32): u32 {
  memory.fill(LENGTHS, 0, 256 + 64);
  let window = load<u64>(from);
  if ((window & 1) == 0) return 0;
  const coding = <u32>(window >> 1) & 3;
  const parameter = coding < 2 ? 0 : coding - 1;
  const hasRuns = (coding & 1) == 1;
  let at: u32 = 3, symbol: u32 = 0, previous: u32 = 8, sum: u32 = 0, longest: u32 = 0;
  let afterRun = false, anyRun = false;
  let bits0: u32 = 0, bits1: u32 = 0, bits2: u32 = 0, bits3: u32 = 0;
  while (sum < 1 << MAX_BITS) {
    window = windowAt(from, at);
    const quotient = ones(window);
    if (symbol > 255 || quotient > 47 >> parameter) return 0;
    at += quotient + 1 + parameter;
    const number = (quotient << parameter) | (<u32>(window >> <u64>(quotient + 1)) & ((1 << parameter) - 1));
    if (hasRuns && number == ABSENT) {
      if (afterRun) return 0;
      window = windowAt(from, at);
      const exponent = ones(window);
      if (exponent > 16) return 0;
      symbol += (1 << exponent) + (<u32>(window >> <u64>(exponent + 1)) & ((1 << exponent) - 1));
      at += 2 * exponent + 1;
      bits1 += 4 + 2 * exponent + 1;
      bits3 += 3 + 2 * exponent + 1;
      afterRun = anyRun = true;
      continue;
    }
    const zigzag = hasRuns && number > ABSENT ? number - 1 : number;
    previous += zigzag & 1 ? (zigzag + 1) >> 1 : 0 - (zigzag >> 1);
    afterRun = false;
    // A length below 1 wraps around.
    if (previous - 1 >= MAX_BITS) return 0;
    const shifted = zigzag + u32(zigzag >= ABSENT);
    bits0 += zigzag + 1;
    bits1 += shifted + 1;
    bits2 += (zigzag >> 1) + 2;
    bits3 += (shifted >> 2) + 3;
    store<u8>(symbol, previous, LENGTHS);
    symbol++;
    longest = max(longest, previous);
    sum += 1 << (MAX_BITS - previous);
    store<u16>(previous << 1, load<u16>(previous << 1, NEXT_WORDS) + 1, NEXT_WORDS);
  }
  if (sum > 1 << MAX_BITS) return 0;
  if (anyRun) bits0 = bits2 = u32.MAX_VALUE;
  // The first among equals: a coding is the cheapest if those before it take more, and those behind no less.
  const own = coding == 0 ? bits0 : coding == 1 ? bits1 : coding == 2 ? bits2 : bits3;
  if (min(min(bits0, bits1), min(bits2, bits3)) < own) return 0;
  if ((coding > 0 && bits0 == own) || (coding > 1 && bits1 == own) || (coding > 2 && bits2 == own)) return 0;
  const end = (at + 7) >> 3;
  if (end > length || (at & 7 && load<u8>(from + end - 1) >> (at & 7))) return 0;
  fillTable(plane, symbol, longest);
  const areSeveral = count >= MANY;
  store<u32>(ARE_SEVERAL + (plane << 2), u32(areSeveral));
  if (areSeveral) makeEntries(ENTRIES + plane * ENTRIES_BYTES, TABLES + plane * TABLE_BYTES, load<u32>(MASKS + (plane << 2)));
  return end;
}

/** Makes the table of a plane from the lengths of the first `symbols` symbols; NEXT_WORDS holds how many there are of each length. */
function fillTable(plane: u32, symbols: u32, longest: u32): void {
  const table = TABLES + plane * TABLE_BYTES;
  store<u32>(MASKS + (plane << 2), (2 << longest) - 2);
  for (let length: u32 = 1, next: u32 = 0; length <= longest; length++) {
    const number = <u32>load<u16>(length << 1, NEXT_WORDS);
    store<u16>(length << 1, next, NEXT_WORDS);
    next += number;
  }
  // In the order of their code words: NEXT_WORDS comes to hold where those of each length end.
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length = <u32>load<u8>(symbol, LENGTHS);
    if (length == 0) continue;
    const next = <u32>load<u16>(length << 1, NEXT_WORDS);
    store<u16>(length << 1, next + 1, NEXT_WORDS);
    store<u8>(next, symbol, IN_ORDER);
  }
  // The table of all words of up to so many bits, twice, is that of one bit more but for the words of that length.
  for (let length: u32 = 1, word: u32 = 0, at: u32 = 0; length <= longest; length++) {
    const half: u32 = 1 << length;
    for (let i: u32 = 0; i < half; i += 16) v128.store(table + half + i, v128.load(table + i));
    word <<= 1;
    for (const end = <u32>load<u16>(length << 1, NEXT_WORDS); at < end; at++, word++) {
      const entry = (<u32>load<u8>(at, IN_ORDER) << 8) | length;
      store<u16>(table + ((reversed(word) >> (16 - length)) << 1), entry);
    }
  }
}

/** The 16 bits of a word in reverse. */
function reversed(word: u32): u32 {
  word = ((word & 0x5555) << 1) | ((word >> 1) & 0x5555);
  word = ((word & 0x3333) << 2) | ((word >> 2) & 0x3333);
  word = ((word & 0x0f0f) << 4) | ((word >> 4) & 0x0f0f);
  return ((word & 0xff) << 8) | (word >> 8);
}

// A substream is read through a window of 64 bits, as in package huffman: a bit is planted at its top when it is filled, and the number
// of leading zeros is the number of bits used. A shift goes by the six lowest bits of an entry, which are the code length.

// @ts-ignore: decorator
@inline function filled(at: u32, used: u32): u64 {
  return (load<u64>(at) | PLANTED) >> <u64>used;
}

// @ts-ignore: decorator
@inline function entryOf(table: u32, mask: u32, window: u64): u32 {
  return <u32>load<u16>(table + (<u32>window & mask));
}

/**
 * Decodes `count` elements of a plane whose substreams stand at `from`: one, or, if there are more than 1,024 elements, four with
 * a header.
 *
 * @param length bytes that are there
 * @returns 1, or 0 if they do not end where the symbols do, or padding is not zeros
 */
export function decodePlane(plane: u32, from: u32, length: u32, count: u32): u32 {
  const table = TABLES + plane * TABLE_BYTES;
  // Windows keep a used bit at their bottom, so that the bits above it are the offset of an entry of two bytes.
  const mask = load<u32>(MASKS + (plane << 2));
  const out = PLANES + plane * PLANE_BYTES;
  const end = out + count;
  if (count <= MAX_SINGLE) return finish(table, mask, from - 1, filled(from - 1, 7), from + length, out, end);
  if (length < HEADER_BYTES) return 0;
  const start = from + HEADER_BYTES;
  const f0 = start + <u32>load<u16>(from), f1 = f0 + <u32>load<u16>(from, 2), f2 = f1 + <u32>load<u16>(from, 4);
  const f3 = f2 + <u32>load<u16>(from, 6);
  if (f3 != from + length) return 0;
  const quarter = (count + 3) / 4;
  const e0 = out + quarter, e1 = e0 + quarter, e2 = e1 + quarter;
  let o0 = out, o1 = e0, o2 = e1, o3 = e2;
  let b0 = start << 3, b1 = f0 << 3, b2 = f1 << 3, b3 = f2 << 3;
  const areSeveral = load<u32>(ARE_SEVERAL + (plane << 2));
  if (areSeveral) {
    const entries = ENTRIES + plane * ENTRIES_BYTES;
    for (;;) {
      let rounds = min(min(roundsOf(o0, e0), roundsOf(o1, e1)), min(roundsOf(o2, e2), roundsOf(o3, end)));
      if (rounds == 0) break;
      do {
        let w0 = windowAt(0, b0 - USED_BITS), w1 = windowAt(0, b1 - USED_BITS);
        let w2 = windowAt(0, b2 - USED_BITS), w3 = windowAt(0, b3 - USED_BITS);
        let entry: u32 = 0;
        entry = severalOf(entries, w0); o0 = put(o0, entry); b0 += entry & 63; w0 >>= <u64>entry;
        entry = severalOf(entries, w1); o1 = put(o1, entry); b1 += entry & 63; w1 >>= <u64>entry;
        entry = severalOf(entries, w2); o2 = put(o2, entry); b2 += entry & 63; w2 >>= <u64>entry;
        entry = severalOf(entries, w3); o3 = put(o3, entry); b3 += entry & 63; w3 >>= <u64>entry;
        entry = severalOf(entries, w0); o0 = put(o0, entry); b0 += entry & 63; w0 >>= <u64>entry;
        entry = severalOf(entries, w1); o1 = put(o1, entry); b1 += entry & 63; w1 >>= <u64>entry;
        entry = severalOf(entries, w2); o2 = put(o2, entry); b2 += entry & 63; w2 >>= <u64>entry;
        entry = severalOf(entries, w3); o3 = put(o3, entry); b3 += entry & 63; w3 >>= <u64>entry;
        entry = severalOf(entries, w0); o0 = put(o0, entry); b0 += entry & 63; w0 >>= <u64>entry;
        entry = severalOf(entries, w1); o1 = put(o1, entry); b1 += entry & 63; w1 >>= <u64>entry;
        entry = severalOf(entries, w2); o2 = put(o2, entry); b2 += entry & 63; w2 >>= <u64>entry;
        entry = severalOf(entries, w3); o3 = put(o3, entry); b3 += entry & 63; w3 >>= <u64>entry;
        entry = severalOf(entries, w0); o0 = put(o0, entry); b0 += entry & 63;
        entry = severalOf(entries, w1); o1 = put(o1, entry); b1 += entry & 63;
        entry = severalOf(entries, w2); o2 = put(o2, entry); b2 += entry & 63;
        entry = severalOf(entries, w3); o3 = put(o3, entry); b3 += entry & 63;
      } while (--rounds);
    }
  }
  let p0 = (b0 - 1) >> 3, p1 = (b1 - 1) >> 3, p2 = (b2 - 1) >> 3, p3 = (b3 - 1) >> 3;
  let w0 = filled(p0, (b0 - 1) & 7), w1 = filled(p1, (b1 - 1) & 7), w2 = filled(p2, (b2 - 1) & 7), w3 = filled(p3, (b3 - 1) & 7);
  for (let rounds = areSeveral ? 0 : (end - e2) / LOOK_UPS; rounds > 0; rounds--) {
    for (let i: u32 = 0; i < LOOK_UPS; i++) {
      const a = entryOf(table, mask, w0), b = entryOf(table, mask, w1);
      const c = entryOf(table, mask, w2), d = entryOf(table, mask, w3);
      store<u8>(o0 + i, a >> 8); w0 >>= <u64>a;
      store<u8>(o1 + i, b >> 8); w1 >>= <u64>b;
      store<u8>(o2 + i, c >> 8); w2 >>= <u64>c;
      store<u8>(o3 + i, d >> 8); w3 >>= <u64>d;
    }
    o0 += LOOK_UPS; o1 += LOOK_UPS; o2 += LOOK_UPS; o3 += LOOK_UPS;
    let used = <u32>clz(w0); p0 += used >> 3; w0 = filled(p0, used & 7);
    used = <u32>clz(w1); p1 += used >> 3; w1 = filled(p1, used & 7);
    used = <u32>clz(w2); p2 += used >> 3; w2 = filled(p2, used & 7);
    used = <u32>clz(w3); p3 += used >> 3; w3 = filled(p3, used & 7);
  }
  return finish(table, mask, p0, w0, f0, o0, e0) & finish(table, mask, p1, w1, f1, o1, e1)
    & finish(table, mask, p2, w2, f2, o2, e2) & finish(table, mask, p3, w3, f3, o3, end);
}

/** Decodes what is left of a substream; 1 if its bytes end there and its padding is zeros, else 0. */
function finish(table: u32, mask: u32, at: u32, window: u64, stop: u32, out: u32, end: u32): u32 {
  let used: u32 = 0;
  for (; out + LOOK_UPS <= end; out += LOOK_UPS) {
    for (let i: u32 = 0; i < LOOK_UPS; i++) {
      const entry = entryOf(table, mask, window);
      store<u8>(out + i, entry >> 8);
      window >>= <u64>entry;
    }
    used = <u32>clz(window);
    at += used >> 3;
    window = filled(at, used & 7);
  }
  for (; out < end; out++) {
    const entry = entryOf(table, mask, window);
    store<u8>(out, entry >> 8);
    window >>= <u64>entry;
  }
  // The next bit: that behind the used one which the window keeps.
  used = <u32>clz(window) + 1;
  at += used >> 3;
  used &= 7;
  if (used == 0) return u32(at == stop);
  return u32(at + 1 == stop && load<u8>(at) >> <u8>used == 0);
}

// @ts-ignore: decorator
@inline function upper(first: v128, second: v128, rotated: u32): v128 {
  return rotated ? v128.or(v128.and(second, i8x16.splat(-128)), i8x16.shr_u(first, 1)) : first;
}

// @ts-ignore: decorator
@inline function lower(first: v128, second: v128, rotated: u32): v128 {
  return rotated ? v128.or(v128.and(second, i8x16.splat(127)), i8x16.shl(first, 7)) : second;
}

// @ts-ignore: decorator
@inline function evenBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline function oddBytes(a: v128, b: v128): v128 {
  return v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

// @ts-ignore: decorator
@inline function firstPairs(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline function lastPairs(a: v128, b: v128): v128 {
  return v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/**
 * Decodes the section of `length` bytes at SECTION: `count` elements of `size` bytes, 2, 4 or 8, go to ELEMENTS.
 *
 * @returns 1, or 0 for what is no such section, or has a plane of one symbol only
 */
export function decodeSection(size: u32, count: u32, length: u32): u32 {
  const rotated = <u32>load<u8>(SECTION);
  const end = SECTION + length;
  let at: u32 = SECTION + 1;
  for (let plane: u32 = 0; plane < size; plane++) {
    let value: u32 = 0, byte: u32 = 128;
    for (let shift: u32 = 0; byte >> 7; shift += 7, at++) {
      if (shift > 21) return 0;
      byte = <u32>load<u8>(at);
      value |= (byte & 127) << shift;
      if (shift > 0 && byte == 0) return 0;
    }
    store<u32>(PLANE_LENGTHS + (plane << 2), value);
  }
  let isStored: u32 = 0;
  for (let plane: u32 = 0; plane < size; plane++) {
    const own = load<u32>(PLANE_LENGTHS + (plane << 2));
    const next = at + (own || count);
    if (next > end) return 0;
    store<u32>(PLACES + (plane << 2), own ? PLANES + plane * PLANE_BYTES : at);
    isStored |= u32(own == 0);
    if (own) {
      const table = readTable(plane, at, own, count);
      if (table == 0 || !decodePlane(plane, at + table, own - table, count)) return 0;
    }
    at = next;
  }
  if (rotated > 1 || at != end || !isStored) return 0;
  join(size, rotated, count);
  return 1;
}

/** Joins the planes of `count` elements of `size` bytes, 2, 4 or 8, which stand at PLANES; they go to ELEMENTS. */
export function joinPlanes(size: u32, rotated: u32, count: u32): void {
  for (let plane: u32 = 0; plane < size; plane++) store<u32>(PLACES + (plane << 2), PLANES + plane * PLANE_BYTES);
  join(size, rotated, count);
}

function join(size: u32, rotated: u32, count: u32): void {
  if (size == 2) joinPairs(rotated, count);
  else if (size == 4) joinFours(rotated, count);
  else joinEights(rotated, count);
}

// @ts-ignore: decorator
@inline function place(plane: u32): u32 {
  return load<u32>(PLACES + (plane << 2));
}

function joinPairs(rotated: u32, count: u32): void {
  const p0 = place(0), p1 = place(1);
  for (let i: u32 = 0, to = ELEMENTS; i < count; i += 16, to += 32) {
    const first = v128.load(p0 + i), second = v128.load(p1 + i);
    const high = upper(first, second, rotated), low = lower(first, second, rotated);
    v128.store(to, evenBytes(low, high));
    v128.store(to, oddBytes(low, high), 16);
  }
}

function joinFours(rotated: u32, count: u32): void {
  const p0 = place(0), p1 = place(1), p2 = place(2), p3 = place(3);
  for (let i: u32 = 0, to = ELEMENTS; i < count; i += 16, to += 64) {
    const first = v128.load(p0 + i), second = v128.load(p1 + i), third = v128.load(p2 + i), fourth = v128.load(p3 + i);
    const high = upper(first, second, rotated), low = lower(first, second, rotated);
    const a = evenBytes(fourth, third), b = evenBytes(low, high);
    const c = oddBytes(fourth, third), d = oddBytes(low, high);
    v128.store(to, firstPairs(a, b));
    v128.store(to, lastPairs(a, b), 16);
    v128.store(to, firstPairs(c, d), 32);
    v128.store(to, lastPairs(c, d), 48);
  }
}

function joinEights(rotated: u32, count: u32): void {
  for (let plane: u32 = 2; plane < 8; plane++) {
    const from = place(plane);
    for (let i: u32 = 0, to = ELEMENTS + 7 - plane; i < count; i++, to += 8) store<u8>(to, load<u8>(from + i));
  }
  const p0 = place(0), p1 = place(1);
  for (let i: u32 = 0, to = ELEMENTS; i < count; i++, to += 8) {
    const first = <u32>load<u8>(p0 + i), second = <u32>load<u8>(p1 + i);
    store<u8>(to, rotated ? (second & 128) | (first >> 1) : first, 7);
    store<u8>(to, rotated ? (second & 127) | (first << 7) : second, 6);
  }
}
