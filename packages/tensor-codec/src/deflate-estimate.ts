/** Bytes that deflate leaves at least, of elements in their order and in planes. */
export interface LeastBytes {
  readonly plain: number;
  readonly planes: number;
  /** Of the elements' bytes in their order, those that are literals: no copy can stand for them. */
  readonly literals: number;
}

/**
 * Bytes that deflate leaves of these elements at least: bytes that are in no three that came before cannot be copied, and as
 * literals take their entropy. Where blocks of the stream end elsewhere than is assumed, it may be less by a little. It takes
 * a few nanoseconds a byte, where deflating takes hundreds.
 *
 * @param size bytes of an element
 */
export function leastDeflatedBytes(elements: Uint8Array, size: number): LeastBytes {
  const { bytes: plain, literals } = literalBytes(elements, 1);
  return { plain, planes: size > 1 ? literalBytes(elements, size).bytes : plain, literals };
}

/** Whether deflate may leave fewer than so many bytes, in order or in planes, by the same estimate, which ends once it is clear. */
export function mayDeflateBelow(elements: Uint8Array, size: number, most: number): boolean {
  return literalBytes(elements, 1, most).bytes < most || (size > 1 && literalBytes(elements, size, most).bytes < most);
}

/** Bytes whose statistics are taken together; a block of a deflate stream is seldom shorter. */
const WINDOW_BYTES = 1024;

/** Bits of the table of threes that came before: few of those that did not are taken for some that did. */
const TABLE_BITS_A_BYTE = 128;
const MOST_TABLE_BITS = 2 ** 24;

/** The entropy of the bytes that cannot be copied, in the order of the planes, and their number; of all, unless they take `most` bytes. */
function literalBytes(
  elements: Uint8Array,
  size: number,
  most = Number.POSITIVE_INFINITY,
): { readonly bytes: number; readonly literals: number } {
  const count = elements.length / size;
  const hashBits = Math.ceil(Math.log2(Math.min(MOST_TABLE_BITS, Math.max(64, TABLE_BITS_A_BYTE * elements.length))));
  const met = new Uint32Array(2 ** hashBits / 32);
  const literals = new Uint32Array(256);
  let bits = 0;
  let all = 0;
  let number = 0;
  let three = 0;
  let copied = 0; // the three bytes from a place before this one on
  for (let plane = 0, place = 0; plane < size; plane++) {
    for (let i = 0; i < count; i++, place++) {
      three = ((three << 8) | elements[size * i + plane]!) & 0xffffff;
      if (place < 2) continue;
      const hash = Math.imul(three, 0x9e3779b1) >>> (32 - hashBits);
      if ((met[hash >>> 5]! >>> (hash & 31)) & 1) copied = place + 1;
      else met[hash >>> 5]! |= 1 << (hash & 31);
      if (place - 2 >= copied) {
        literals[three >>> 16]!++;
        number++;
        all++;
      }
      if (number === WINDOW_BYTES) {
        bits += entropyBits(literals, number);
        literals.fill(0);
        number = 0;
        if (bits >= 8 * most) return { bytes: bits / 8, literals: all };
      }
    }
    bits += entropyBits(literals, number);
    literals.fill(0);
    number = 0;
  }
  return { bytes: bits / 8, literals: all };
}

function entropyBits(counts: Uint32Array, total: number): number {
  let bits = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol]!;
    if (count > 0) bits -= count * Math.log2(count / total);
  }
  return bits;
}
