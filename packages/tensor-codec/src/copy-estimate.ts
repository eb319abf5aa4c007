/** Deflate finds copies so far back, and this long; about what a length and a distance take besides their extra bits. */
const WINDOW_BYTES = 2 ** 15;
const LONGEST_COPY = 258;
const COPY_BITS = 5;

/** Places of pairs that are remembered, by the bits of their hashes; fewer where there are not so many pairs. */
const MOST_HASH_BITS = 14;

/**
 * Bytes that deflate leaves at least, roughly, of elements of which most repeat earlier ones, as weights do that share values: what
 * the first copies that are found take; 0 of other elements. It costs a hundredth of deflating them.
 *
 * @param size bytes of an element
 */
export function leastCopiedBytes(elements: Uint8Array, size: number): number {
  const hashes = elementHashes(elements, size);
  if (2 * new Set(hashes).size >= hashes.length) return 0;
  const { bits, symbols } = literalBits(elements, size);
  return (leastCopiedBits(hashes, bits, size) + TABLE_BITS * symbols) / 8;
}

/**
 * Deflate looks for the longest copies: of data with copies all over that takes so much less than the first that are found, and a
 * fifth less again of some. Where even the first are short, there is no more than chance.
 */
const LONG_COPIES = 0.6;
const SHORT_COPIES = 0.9;

/** Elements of a copy that is no chance. */
const LONG_COPY = 4;

/** Blocks have prefix codes of their own, which may suit them better. */
const LITERALS = 0.97;

/** Least bits of a symbol in a table of code lengths. */
const TABLE_BITS = 3;

/** A number for each element, the same for equal ones. */
function elementHashes(elements: Uint8Array, size: number): Int32Array {
  const hashes = new Int32Array(elements.length / size);
  for (let at = 0, i = 0; i < hashes.length; i++) {
    let hash = 0;
    for (const end = at + size; at < end; at++) hash = (Math.imul(hash, 0x01000193) ^ elements[at]!) | 0;
    hashes[i] = hash;
  }
  return hashes;
}

/**
 * What order-0 codes of each plane take for each element, less what more of them than chance makes repeat the byte before, and the
 * symbols that all planes together have.
 */
function literalBits(elements: Uint8Array, size: number) {
  const bits = new Float32Array(elements.length / size);
  let symbols = 0;
  for (let plane = 0; plane < size; plane++) {
    const counts = new Uint32Array(256);
    let repeats = 0;
    for (let at = plane; at < elements.length; at += size) {
      counts[elements[at]!]!++;
      if (elements[at] === elements[at - size]) repeats++;
    }
    const byChance = counts.reduce((sum, n) => sum + (n * n) / bits.length, 0);
    const left = LITERALS * (1 - Math.max(0, repeats - byChance) / bits.length);
    const own = new Float64Array(counts.length);
    for (let byte = 0; byte < counts.length; byte++) {
      if (counts[byte] === 0) continue;
      own[byte] = left * Math.log2(bits.length / counts[byte]!);
      symbols++;
    }
    for (let i = 0, at = plane; i < bits.length; i++, at += size) bits[i]! += own[elements[at]!]!;
  }
  return { bits, symbols };
}

/** What elements take at least if each is a literal or in a copy of what last followed the same pair, whatever takes less. */
function leastCopiedBits(elements: Int32Array, literals: Float32Array, size: number): number {
  const hashBits = Math.min(MOST_HASH_BITS, Math.ceil(Math.log2(elements.length + 1)) + 2);
  const places = new Int32Array(2 ** hashBits).fill(-1);
  const tokens = { literals: 0, lengths: new Uint32Array(CODES), distances: new Uint32Array(CODES) };
  let [plainBits, copyBits] = [0, 0];
  for (let i = 0, end = 0; i < elements.length; i++) {
    const hash = Math.imul(Math.imul(elements[i]!, 0x9e3779b1) ^ elements[i + 1]!, 0x85ebca6b) >>> (32 - hashBits);
    const from = places[hash]!;
    places[hash] = i;
    if (i < end) continue;
    const distance = size * (i - from);
    const length = from < 0 || distance > WINDOW_BYTES ? 0 : copyLength(elements, from, i, LONGEST_COPY / size);
    end = i + Math.max(1, length);
    let plain = 0;
    for (let at = i; at < end; at++) plain += literals[at]!;
    const extra = length < 2 ? 0 : extraBits(distance) + extraBits(size * length) / 2;
    if (length < 2 || plain < COPY_BITS + extra) {
      plainBits += plain;
      tokens.literals += end - i;
      continue;
    }
    copyBits += extra * (length < LONG_COPY ? SHORT_COPIES : LONG_COPIES);
    tokens.lengths[codeOf(size * length)]!++;
    tokens.distances[codeOf(distance)]!++;
  }
  const codeBits = entropyBits(tokens.distances) + entropyBits([...tokens.lengths, tokens.literals]);
  return plainBits + copyBits + LONG_COPIES * codeBits;
}

/** Lengths and distances have a code for each half octave, and tell the rest in bits. */
const CODES = 32;

/** Of 2 and more. */
function codeOf(number: number): number {
  const octave = 31 - Math.clz32(number);
  return 2 * octave + ((number >> (octave - 1)) & 1);
}

/** Of 2 and more. */
function extraBits(number: number): number {
  return 30 - Math.clz32(number);
}

function entropyBits(counts: ArrayLike<number>): number {
  let [sum, bits] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count > 0) bits -= count * Math.log2(count);
    sum += count;
  }
  return sum > 0 ? bits + sum * Math.log2(sum) : 0;
}

/** Elements from `i` on that are those from `from` on. */
function copyLength(elements: Int32Array, from: number, i: number, most: number): number {
  let length = 0;
  while (length < most && i + length < elements.length && elements[from + length] === elements[i + length]) length++;
  return length;
}
