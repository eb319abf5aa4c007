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
  const sample = new Uint8Array(SAMPLE_PIECES * PIECE_BYTES);
  for (let piece = 0; piece < SAMPLE_PIECES; piece++) {
    const start = PIECE_BYTES * Math.floor((piece * (source.length / PIECE_BYTES - 1)) / (SAMPLE_PIECES - 1));
    sample.set(source.subarray(start, start + PIECE_BYTES), piece * PIECE_BYTES);
  }
  return sample;
}
