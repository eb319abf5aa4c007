/** Elements of a piece of a plane: few, so that what is read and what is written stay in a cache. */
const PIECE_ELEMENTS = 2 ** 14;

/**
 * The bytes of elements of `size` bytes apart: all first bytes, all second bytes, and so on (docs/format.md, "Planes"). They
 * come in pieces, each of which holds until the next is asked for.
 */
export function* bytePlanes(bytes: Uint8Array, size: number): Generator<Uint8Array, void, void> {
  const elements = bytes.length / size;
  const piece = new Uint8Array(Math.min(PIECE_ELEMENTS, elements));
  for (let plane = 0; plane < size; plane++) {
    for (let start = 0; start < elements; start += PIECE_ELEMENTS) {
      const count = Math.min(PIECE_ELEMENTS, elements - start);
      for (let i = 0, at = size * start + plane; i < count; i++, at += size) piece[i] = bytes[at]!;
      yield piece.subarray(0, count);
    }
  }
}

/** The mirror of {@link bytePlanes}: `length` bytes put together again from pieces of any size, as many in all. */
export function fromBytePlanes(pieces: Iterable<Uint8Array>, { size, length }: PlaneOptions): Uint8Array {
  let bytes: Uint8Array | undefined;
  let plane = 0;
  let at = 0;
  for (const piece of pieces) {
    bytes ??= new Uint8Array(length); // once there is a first piece, which justifies it
    for (let i = 0; i < piece.length; ) {
      if (at >= length) at = ++plane;
      const end = Math.min(piece.length, i + Math.ceil((length - at) / size));
      for (; i < end; i++, at += size) bytes[at] = piece[i]!;
    }
  }
  return bytes ?? new Uint8Array(0);
}

export interface PlaneOptions {
  /** Bytes of an element. */
  readonly size: number;
  /** Of all elements, in bytes. */
  readonly length: number;
}
