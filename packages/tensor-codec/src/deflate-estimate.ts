/** Of more bytes than this a sample tells whether deflate is worth its time. */
export const SAMPLED_BYTES = 2 ** 20;
const SAMPLE_PIECES = 8;

/** As many bytes as deflate looks back. */
const PIECE_BYTES = 2 ** 15;

/** Pieces from all over the bytes; each begins at a multiple of its length, and so with a whole element. */
export function sampleOf(bytes: Uint8Array): Uint8Array {
  const sample = new Uint8Array(SAMPLE_PIECES * PIECE_BYTES);
  for (let piece = 0; piece < SAMPLE_PIECES; piece++) {
    const start = PIECE_BYTES * Math.floor((piece * (bytes.length / PIECE_BYTES - 1)) / (SAMPLE_PIECES - 1));
    sample.set(bytes.subarray(start, start + PIECE_BYTES), piece * PIECE_BYTES);
  }
  return sample;
}

/**
 * Bytes that deflate leaves of these elements at least, roughly: what order-0 codes of each plane would take, halved, since half of
 * the elements may be copies of others; 0 where more are. It costs a hundredth of deflating them.
 *
 * @param size bytes of an element
 */
export function leastDeflatedBytes(elements: Uint8Array, size: number): number {
  const count = elements.length / size;
  if (2 * distinctElements(elements, size) < count) return 0;
  let bits = 0;
  for (let plane = 0; plane < size; plane++) {
    const counts = new Uint32Array(256);
    for (let at = plane; at < elements.length; at += size) counts[elements[at]!]!++;
    for (const n of counts) if (n > 0) bits -= n * Math.log2(n / count);
  }
  return bits / 16;
}

/** Elements of different hashes: as many as there are different ones, or fewer. */
function distinctElements(elements: Uint8Array, size: number): number {
  const hashes = new Set<number>();
  for (let at = 0; at < elements.length; at += size) {
    let hash = 0;
    for (let i = at; i < at + size; i++) hash = (Math.imul(hash, 0x01000193) ^ elements[i]!) | 0;
    hashes.add(hash);
  }
  return hashes.size;
}

/** Bytes that deflate looks back, and the longest and the shortest match that are counted: those of three bytes save little. */
const [WINDOW_BYTES, MAX_MATCH, MIN_MATCH] = [2 ** 15, 258, 4];

/** What a match takes, about; codes of a block's literals, for each of them, and its head. */
const [MATCH_BITS, CODE_BITS, BLOCK_BITS] = [20, 4, 80];

/** Bytes of which the literals are costed together. */
const BLOCK_BYTES = 2 ** 14;

/**
 * Whether deflate may well bring these bytes down to the fraction `most`, by an estimate: the repetitions that it would find, and
 * order-0 codes of all else. It costs a twentieth of deflating them, and is for bytes that seldom deflate: symbols that are coded well
 * already look random.
 */
export function mayDeflate(bytes: Uint8Array, { most }: { readonly most: number }): boolean {
  const last = new Int32Array(2 ** Math.min(15, Math.ceil(Math.log2(bytes.length + 1)))).fill(-1);
  const hashShift = 32 - Math.log2(last.length);
  const literals = new Uint32Array(256);
  const end = bytes.length - MIN_MATCH;
  let bits = 0;
  let blockEnd = BLOCK_BYTES;
  for (let at = 0; at < bytes.length; ) {
    const length = at <= end ? matchLength(bytes, at, previous(bytes, at, last, hashShift)) : 0;
    if (length > 0) bits += MATCH_BITS;
    else literals[bytes[at]!]!++;
    for (let next = at + 1; next < at + length && next <= end; next++) previous(bytes, next, last, hashShift);
    at += Math.max(1, length);
    if (at >= blockEnd || at >= bytes.length) {
      bits += literalBits(literals);
      literals.fill(0);
      blockEnd = at + BLOCK_BYTES;
    }
  }
  return bits <= 8 * most * bytes.length;
}

/** Where the four bytes stood last, perhaps, or -1; notes that they stand here. */
function previous(bytes: Uint8Array, at: number, last: Int32Array, hashShift: number): number {
  const four = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  const hash = Math.imul(four, 0x9e3779b1) >>> hashShift;
  const before = last[hash]!;
  last[hash] = at;
  return before;
}

/** Bytes from `at` on that repeat those from `before` on; 0 if they are too few or too far. */
function matchLength(bytes: Uint8Array, at: number, before: number): number {
  if (before < 0 || at - before > WINDOW_BYTES) return 0;
  const most = Math.min(MAX_MATCH, bytes.length - at);
  let length = 0;
  while (length < most && bytes[before + length] === bytes[at + length]) length++;
  return length < MIN_MATCH ? 0 : length;
}

/** Bits that a block of literals takes, coded or as they are. */
function literalBits(counts: Uint32Array): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let bits = BLOCK_BITS;
  for (const count of counts) if (count > 0) bits += CODE_BITS - count * Math.log2(count / total);
  return Math.min(8 * total, bits);
}
