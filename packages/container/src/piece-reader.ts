import { FormatError } from "@deep-compression/bits";
import { checkBytes, describeValue } from "@deep-compression/runtime";

/** Reads lengths of its own choosing from bytes that arrive in pieces of any size, empty ones among them. */
export interface PieceReader {
  /** The next `length` bytes, or all that are left if there are fewer. A copy, unless one piece holds them all. */
  readUpTo(length: number): Promise<Uint8Array>;
  /** The next `length` bytes. @throws FormatError "truncated" if there are fewer */
  read(length: number): Promise<Uint8Array>;
  /** @throws FormatError "trailing-data" if a byte is left */
  expectEnd(): Promise<void>;
  /** Tells the source that no more of it is wanted. */
  close(): Promise<void>;
}

/** Memory taken for a length that is only claimed; beyond it memory grows with what has really arrived. */
const FIRST_BYTES = 2 ** 20;

/** @throws TypeError if the pieces cannot be iterated */
export function pieceReader(pieces: AsyncIterable<Uint8Array>): PieceReader {
  if (typeof pieces?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`pieces: expected an async iterable of Uint8Arrays, got ${describeValue(pieces)}`);
  }
  const iterator = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  let offset = 0;

  /** Makes `piece` one with bytes in it; false if there is none. */
  async function fill(): Promise<boolean> {
    while (piece.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return false;
      piece = new Uint8Array(checkBytes("a piece of the stream", value).buffer, value.byteOffset, value.byteLength);
    }
    return true;
  }
  function take(length: number): Uint8Array {
    const taken = piece.subarray(0, length);
    piece = piece.subarray(length);
    offset += taken.length;
    return taken;
  }
  async function readUpTo(length: number): Promise<Uint8Array> {
    if (length === 0 || !(await fill())) return new Uint8Array(0);
    if (piece.length >= length) return take(length);
    let bytes = new Uint8Array(Math.min(length, FIRST_BYTES));
    let filled = 0;
    while (filled < length && (await fill())) {
      const taken = take(length - filled);
      if (filled + taken.length > bytes.length) {
        const larger = new Uint8Array(Math.min(length, Math.max(filled + taken.length, 2 * bytes.length)));
        larger.set(bytes.subarray(0, filled));
        bytes = larger;
      }
      bytes.set(taken, filled);
      filled += taken.length;
    }
    return bytes.subarray(0, filled);
  }

  return {
    readUpTo,
    async read(length) {
      const bytes = await readUpTo(length);
      if (bytes.length === length) return bytes;
      throw new FormatError("truncated", `${length} bytes wanted, the stream gave ${bytes.length}`, { offset });
    },
    async expectEnd() {
      if (await fill())
        throw new FormatError("trailing-data", "the stream goes on behind the last section", { offset });
    },
    async close() {
      await iterator.return?.();
    },
  };
}
