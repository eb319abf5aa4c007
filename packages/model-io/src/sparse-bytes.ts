import { FormatError } from "@deep-compression/bits";

/** Bytes of a file from `start` on. */
export interface Piece {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** A file of which only some bytes are in memory: pieces, ascending and disjoint. */
export interface SparseBytes {
  readonly byteLength: number;
  readonly pieces: readonly Piece[];
}

/** A file that is wholly in memory. */
export function wholeFile(bytes: Uint8Array): SparseBytes {
  return { byteLength: bytes.length, pieces: [{ start: 0, bytes }] };
}

const NOTHING: Piece = { start: 0, bytes: new Uint8Array(0) };

/**
 * Gives the piece that has the bytes from `start` to `end`; quick where positions mostly ascend.
 *
 * @throws FormatError if none has them all
 */
export function pieceFinder({ pieces }: SparseBytes): (start: number, end: number) => Piece {
  let current = NOTHING;
  const has = (piece: Piece, start: number, end: number) =>
    start >= piece.start && end <= piece.start + piece.bytes.length;
  return (start, end) => {
    if (has(current, start, end)) return current;
    let [low, high] = [0, pieces.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (pieces[middle]!.start <= start) low = middle + 1;
      else high = middle;
    }
    current = pieces[low - 1] ?? NOTHING;
    if (has(current, start, end)) return current;
    throw new FormatError("limit-exceeded", "ONNX: a field is too long for what it is", { offset: start });
  };
}
