import { type ByteReader, byteReader, byteWriter, type Codec, record } from "@deep-compression/bits";
import { onesOfMask, scanLength } from "@deep-compression/sparse";
import { checkCodebook, valueAlphabet } from "./codebook-bytes";
import { type CodedSection, type EncodingOptions, type StreamSizes, stream } from "./coded-section";
import { runsOfMask, TOKEN_ALPHABET, writeRuns } from "./mask-runs";
import { decodePart, readHead, writeHead } from "./section-head";
import type { WeightOf } from "./stored-weight";

/** Symbols of a mask's bytes. */
export const MASK_ALPHABET = 256;

const ENCODED: Codec<Uint8Array, Uint8Array> = { name: "values", encode: (bytes) => bytes, decode: (bytes) => bytes };

/** How many symbols the streams of a mask have. */
interface MaskCounts {
  /** Run tokens of the bytes that are told by them; undefined without levels. */
  readonly tokens: number | undefined;
  /** Bytes of the mask as they are. */
  readonly bytes: number;
}

/** The run tokens and the bytes of a mask, and the value stream, still encoded: only the mask tells how many codes it has. */
function maskStreams({ tokens, bytes }: MaskCounts, sizes: StreamSizes) {
  const mask = stream("positions", { alphabet: MASK_ALPHABET, count: bytes, sizes });
  return {
    withRuns: () =>
      record({ runs: stream("runs", { alphabet: TOKEN_ALPHABET, count: tokens ?? 0, sizes }), mask, values: ENCODED }),
    plain: () => record({ mask, values: ENCODED }),
  };
}

/** A code for each 1 of the mask. */
function valueStream(centroids: Float32Array, count: number, sizes: StreamSizes) {
  return stream("values", { alphabet: valueAlphabet(centroids), count, sizes });
}

/** A weight in the bitmask form as a section (docs/format.md, "Bitmask"). */
export function encodeBitmask(stored: WeightOf<"bitmask">, { precision }: EncodingOptions): CodedSection {
  const { layout, centroids, runBytes = 0 } = stored;
  const { mask, values: codes } = stored.mask;
  const out = byteWriter();
  const parts = writeHead(out, "bitmask", { precision, layout, gapBits: 1, entries: 0, centroids });
  const sizes: StreamSizes = {};
  const values = valueStream(centroids, codes.length, sizes).encode(codes);
  const counts = { tokens: undefined, bytes: mask.length - runBytes };
  if (layout.levels === undefined) {
    out.bytes(maskStreams(counts, sizes).plain().encode({ mask, values }));
  } else {
    const runs = runsOfMask(mask.subarray(0, runBytes));
    out.varint(runBytes);
    out.varint(runs.length);
    const streams = maskStreams({ ...counts, tokens: runs.length }, sizes).withRuns();
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
  const values = decodePart(valueStream(centroids, onesOfMask(mask), sizes), encoded, bytes);
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
  const streams = maskStreams({ tokens: undefined, bytes: maskBytes }, sizes).plain();
  const { mask, values: encoded } = decodePart(streams, rest, section);
  return { mask, encoded };
}

function readMaskWithRuns(rest: Uint8Array, { section, maskBytes, sizes }: MaskOptions): ReadMask {
  const start = rest.byteOffset - section.byteOffset;
  const reader: ByteReader = byteReader(rest, { baseOffset: start });
  const runBytes = reader.varint({ max: maskBytes });
  const tokens = reader.varint({ max: 8 * runBytes });
  const { offset } = reader;
  const streams = maskStreams({ tokens, bytes: maskBytes - runBytes }, sizes).withRuns();
  const { runs, mask: tail, values: encoded } = decodePart(streams, rest.subarray(offset - start), section);
  const mask = new Uint8Array(maskBytes);
  writeRuns(mask, runs, { runBytes, offset });
  mask.set(tail, runBytes);
  return { mask, encoded, runBytes };
}
