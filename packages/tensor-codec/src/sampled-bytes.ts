/** The bytes of elements, or what makes them where they are asked for. */
export interface ElementSource {
  readonly length: number;
  readonly subarray: (start: number, end: number) => Uint8Array;
}

/** Of more bytes than this a sample tells how they are deflated best, and whether that is worth its time. */
export const SAMPLED_BYTES = 2 ** 20;

const SAMPLE_PIECES = 8;

/** As many bytes as deflate looks back. */
const PIECE_BYTES = 2 ** 15;

/** Pieces from all over the elements, each of whole ones. */
export function sampleOf(source: ElementSource): Uint8Array {
  return piecesAt(source, [...Array(SAMPLE_PIECES).keys()], SAMPLE_PIECES - 1);
}

/** A few pieces of those between the first and the last, which may be unlike all others. */
export function fewPiecesOf(source: ElementSource): Uint8Array {
  return piecesAt(source, [0.5, 1.5, 2.5], 3);
}

/** Pieces that begin at so many of so many parts of the way from the first to the last. */
function piecesAt(source: ElementSource, places: readonly number[], parts: number): Uint8Array {
  const sample = new Uint8Array(places.length * PIECE_BYTES);
  for (const [piece, place] of places.entries()) {
    const start = PIECE_BYTES * Math.floor((place * (source.length / PIECE_BYTES - 1)) / parts);
    sample.set(source.subarray(start, start + PIECE_BYTES), piece * PIECE_BYTES);
  }
  return sample;
}
