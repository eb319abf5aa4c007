import { type ByteReader, byteReader, byteWriter, type Codec, record, recordDecoder } from "@deep-compression/bits";
import { onesOfMask, scanLength } from "@deep-compression/sparse";
import { checkCodebook, valueAlphabet } from "./codebook-bytes";
import { type CodedSection, type EncodingOptions, type StreamSizes, stream, streamDecoder } from "./coded-section";
import { runsOfMask, TOKEN_ALPHABET, writeRuns } from "./mask-runs";
import { decodePart, readHead, writeHead } from "./section-head";
import type { WeightOf } from "./stored-weight";

/** Symbols of a mask's bytes. */
export const MASK_ALPHABET = 256;

/** The value stream, still encoded: only the mask tells how many codes it has. */
const ENCODED: Codec<Uint8Array, Uint8Array> = { name: "values", encode: (bytes) => bytes, decode: (bytes) => bytes };

/** Bytes of a mask. */
function maskStream(count: number, sizes: StreamSizes) {
  return { alphabet: MASK_ALPHABET, count, sizes } as const;
}

/** The run tokens of bytes of a mask. */
function runStream(count: number, sizes: StreamSizes) {
  return { alphabet: TOKEN_ALPHABET, count, sizes } as const;
}

/** A code for each 1 of the mask. */
function valueStream(centroids: Float32Array, count: number, sizes: StreamSizes) {
  return { alphabet: valueAlphabet(centroids), count, sizes };
}

/** A weight in the bitmask form as a section (docs/format.md, "Bitmask"). */
export function encodeBitmask(stored: WeightOf<"bitmask">, { precision }: EncodingOptions): CodedSection {
  const { layout, centroids, runBytes = 0 } = stored;
  const { mask, values: codes } = stored.mask;
  const out = byteWriter();
  const parts = writeHead(out, "bitmask", { precision, layout, gapBits: 1, entries: 0, centroids });
  const sizes: StreamSizes = {};
  const values = stream("values", valueStream(centroids, codes.length, sizes)).encode(codes);
  const bytes = stream("positions", maskStream(mask.length - runBytes, sizes));
  if (layout.levels === undefined) {
    out.bytes(record({ mask: bytes, values: ENCODED }).encode({ mask, values }));
  } else {
    const runs = runsOfMask(mask.subarray(0, runBytes));
    out.varint(runBytes);
    out.varint(runs.length);
    const streams = record({ runs: stream("runs", runStream(runs.length, sizes)), mask: bytes, values: ENCODED });
    out.bytes(streams.encode({ runs, mask: mask.subarray(runBytes), values }));
  }
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
  const maskBytes = Math.ceil(length / 8);
  const sizes: StreamSizes = {};
  const readMask = layout.levels === undefined ? readPlainMask : readMaskWithRuns;
  const { mask, encoded, ...runs } = readMask(rest, { section: bytes, maskBytes, sizes });
  const values = decodePart(streamDecoder("values", valueStream(centroids, onesOfMask(mask), sizes)), encoded, bytes);
  checkCodebook(values, centroids);
  const stored = { form: "bitmask", layout, mask: { length, mask, values }, centroids, ...runs } as const;
  return { stored, bytes, sizes: { section: bytes.length, ...parts, ...sizes } };
}

/** A mask, and the value stream behind it. */
interface ReadMask {
  readonly mask: Uint8Array;
  readonly encoded: Uint8Array;
  readonly runBytes?: number;
}

interface MaskOptions {
  /** The bytes of the section. */
  readonly section: Uint8Array;
  readonly maskBytes: number;
  readonly sizes: StreamSizes;
}

function readPlainMask(rest: Uint8Array, { section, maskBytes, sizes }: MaskOptions): ReadMask {
  const streams = recordDecoder({ mask: streamDecoder("positions", maskStream(maskBytes, sizes)), values: ENCODED });
  const { mask, values: encoded } = decodePart(streams, rest, section);
  return { mask, encoded };
}

function readMaskWithRuns(rest: Uint8Array, { section, maskBytes, sizes }: MaskOptions): ReadMask {
  const start = rest.byteOffset - section.byteOffset;
  const reader: ByteReader = byteReader(rest, { baseOffset: start });
  const runBytes = reader.varint({ max: maskBytes });
  const tokens = reader.varint({ max: 8 * runBytes });
  const { offset } = reader;
  const streams = recordDecoder({
    runs: streamDecoder("runs", runStream(tokens, sizes)),
    mask: streamDecoder("positions", maskStream(maskBytes - runBytes, sizes)),
    values: ENCODED,
  });
  const { runs, mask: tail, values: encoded } = decodePart(streams, rest.subarray(offset - start), section);
  const mask = new Uint8Array(maskBytes);
  writeRuns(mask, runs, { runBytes, offset });
  mask.set(tail, runBytes);
  return { mask, encoded, runBytes };
}
