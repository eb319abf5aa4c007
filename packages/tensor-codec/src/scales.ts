import { byteReader, byteWriter, FormatError, fromFloat16, isFloat16, toFloat16 } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import type { LineScales } from "@deep-compression/sparse";

/** Which lines have scales, as the first byte says. */
const ROWS = 1;
const COLUMNS = 2;

/** Of the streams of high and of low bytes. */
const ALPHABET = 256;

/** The bits of an infinite float16; those of a finite one above 0 are 1 up to it. */
const INFINITY_BITS = 0x7c00;

/**
 * Which lines have scales, and those, rows first (docs/format.md, "Scales"): of each kind the high bytes of float16 numbers as
 * a stream and their low bytes as another. Scales of few bits, such as powers of two, so take little.
 *
 * @throws RangeError for a scale that is no finite float16 above 0
 */
export function encodeScales(scales: LineScales): Uint8Array {
  const out = byteWriter();
  out.u8((scales.rows ? ROWS : 0) | (scales.columns ? COLUMNS : 0));
  for (const [name, lines] of Object.entries({ rows: scales.rows, columns: scales.columns })) {
    if (lines === undefined) continue;
    const odd = lines.findIndex((scale) => !isScale(scale));
    if (odd >= 0) {
      throw new RangeError(`scales.${name}[${odd}]: expected a finite float16 above 0, got ${lines[odd]}`);
    }
    const halves = Uint16Array.from(lines, toFloat16);
    for (const shift of [8, 0]) {
      const bytes = encodeSymbols(
        Uint8Array.from(halves, (half) => half >>> shift),
        { alphabet: ALPHABET },
      );
      out.varint(bytes.length);
      out.bytes(bytes);
    }
  }
  return out.finish();
}

/** Whether a scale may stand in a file. */
function isScale(scale: number): boolean {
  return scale > 0 && scale < Number.POSITIVE_INFINITY && isFloat16(Float32Array.of(scale));
}

/**
 * The mirror of {@link encodeScales}, of the scales at the start of `bytes`, and how many bytes they took.
 *
 * @throws FormatError "out-of-range" for a first byte that means nothing, or a scale that is not finite or not above 0; as
 * `decodeSymbols` of huffman
 */
export function decodeScales(
  bytes: Uint8Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): { readonly scales: LineScales; readonly length: number } {
  const reader = byteReader(bytes);
  const lines = reader.u8();
  if (lines === 0 || (lines & ~(ROWS | COLUMNS)) !== 0) {
    throw new FormatError("out-of-range", `scales of lines ${lines} are not known`, { offset: 0 });
  }
  const readLines = (count: number): Float32Array => {
    const [high, low] = [0, 1].map(() => {
      const length = reader.varint();
      const baseOffset = reader.offset;
      return { baseOffset, symbols: decodeSymbols(reader.bytes(length), { alphabet: ALPHABET, count, baseOffset }) };
    }) as [Stream, Stream];
    return Float32Array.from(high.symbols, (byte, i) => {
      const half = 256 * byte + low.symbols[i]!;
      if (half > 0 && half < INFINITY_BITS) return fromFloat16(half);
      const { baseOffset: offset } = high;
      throw new FormatError("out-of-range", `scale ${i} is ${fromFloat16(half)}: not finite and above 0`, { offset });
    });
  };
  const ofRows = lines & ROWS ? readLines(rows) : undefined;
  const ofColumns = lines & COLUMNS ? readLines(columns) : undefined;
  return {
    scales: { ...(ofRows && { rows: ofRows }), ...(ofColumns && { columns: ofColumns }) },
    length: reader.offset,
  };
}

interface Stream {
  readonly baseOffset: number;
  readonly symbols: Uint8Array | Uint16Array;
}

/** The values of a weight that is not scaled; else its centroids times the greatest scales: if they are finite, so is every element. */
export function greatestValues({
  centroids,
  scales,
}: {
  readonly centroids: Float32Array;
  readonly scales?: LineScales;
}): Float32Array {
  if (scales === undefined) return centroids;
  const scale = Math.fround(greatest(scales.rows) * greatest(scales.columns));
  return centroids.map((centroid) => scale * centroid);
}

function greatest(scales: Float32Array | undefined): number {
  return scales === undefined ? 1 : scales.reduce((most, scale) => Math.max(most, scale), 0);
}
