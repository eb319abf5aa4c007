import { byteWriter, type Codec, record } from "@deep-compression/bits";
import { onesOfMask, scanLength } from "@deep-compression/sparse";
import { checkCodebook, valueAlphabet } from "./codebook-bytes";
import { type CodedSection, type EncodingOptions, type StreamSizes, stream } from "./coded-section";
import { decodePart, readHead, writeHead } from "./section-head";
import type { WeightOf } from "./stored-weight";

/** Symbols of a mask's bytes. */
export const MASK_ALPHABET = 256;

const ENCODED: Codec<Uint8Array, Uint8Array> = { name: "values", encode: (bytes) => bytes, decode: (bytes) => bytes };

/** The bytes of a mask of `length` bits, and the value stream, still encoded: only the mask tells how many codes it has. */
function maskAndValues(length: number, sizes: StreamSizes) {
  return record({
    mask: stream("positions", { alphabet: MASK_ALPHABET, count: Math.ceil(length / 8), sizes }),
    values: ENCODED,
  });
}

/** A code for each 1 of the mask. */
function valueStream(centroids: Float32Array, count: number, sizes: StreamSizes) {
  return stream("values", { alphabet: valueAlphabet(centroids), count, sizes });
}

/** A weight in the bitmask form as a section (docs/format.md, "Bitmask"). */
export function encodeBitmask(stored: WeightOf<"bitmask">, { precision }: EncodingOptions): CodedSection {
  const { layout, centroids } = stored;
  const { length, mask, values } = stored.mask;
  const out = byteWriter();
  const parts = writeHead(out, "bitmask", { precision, layout, gapBits: 1, entries: 0, centroids });
  const sizes: StreamSizes = {};
  const encoded = valueStream(centroids, values.length, sizes).encode(values);
  out.bytes(maskAndValues(length, sizes).encode({ mask, values: encoded }));
  return { stored, bytes: out.finish(), sizes: { section: out.length, ...parts, ...sizes } };
}

/**
 * The mirror of {@link encodeBitmask}. Whether the mask's padding is zero is found when the weight is dequantized, or by
 * `checkEntries`.
 *
 * @throws FormatError
 */
export function decodeBitmask(bytes: Uint8Array, shape: readonly number[]): CodedSection {
  const { head, parts, rest } = readHead(bytes, "bitmask", shape);
  const { layout, centroids } = head;
  const length = scanLength(layout);
  const sizes: StreamSizes = {};
  const { mask, values: encoded } = decodePart(maskAndValues(length, sizes), rest, bytes);
  const values = decodePart(valueStream(centroids, onesOfMask(mask), sizes), encoded, bytes);
  checkCodebook(values, centroids);
  const stored = { form: "bitmask", layout, mask: { length, mask, values }, centroids } as const;
  return { stored, bytes, sizes: { section: bytes.length, ...parts, ...sizes } };
}
