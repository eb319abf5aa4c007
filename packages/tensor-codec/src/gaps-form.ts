import { byteWriter, record, recordDecoder } from "@deep-compression/bits";
import { withZero, zeroIndex } from "@deep-compression/codebook";
import { scanLength } from "@deep-compression/sparse";
import { checkCodebook } from "./codebook-bytes";
import { type CodedSection, type EncodingOptions, type StreamSizes, stream, streamDecoder } from "./coded-section";
import { decodePart, readHead, writeHead } from "./section-head";
import type { WeightOf } from "./stored-weight";

/** Symbols of a gap stream, by the width of a gap, 1 to 8 bits. */
const GAP_ALPHABETS = [2, 4, 8, 16, 32, 64, 128, 256] as const;

/** A code and a gap, less one, for each entry. */
function entryStreams(
  { centroids, gapBits, count }: { readonly centroids: Float32Array; readonly gapBits: number; readonly count: number },
  sizes: StreamSizes,
) {
  return {
    values: { alphabet: centroids.length, count, sizes },
    gaps: { alphabet: GAP_ALPHABETS[gapBits - 1]!, count, sizes },
  };
}

/** A weight in the gaps form as a section (docs/format.md, "Gaps"), whose codebook does not store 0. */
export function encodeGaps(stored: WeightOf<"gaps">, { precision }: EncodingOptions): CodedSection {
  const { layout, centroids } = stored;
  const { gapBits, gaps, values } = stored.gaps;
  const out = byteWriter();
  const own = centroids.filter((centroid) => centroid !== 0);
  const parts = writeHead(out, "gaps", { precision, layout, gapBits, entries: values.length, centroids: own });
  const sizes: StreamSizes = {};
  const streams = entryStreams({ centroids, gapBits, count: values.length }, sizes);
  const codec = record({ values: stream("values", streams.values), gaps: stream("positions", streams.gaps) });
  out.bytes(codec.encode({ values, gaps }));
  return { stored, bytes: out.finish(), sizes: { section: out.length, ...parts, ...sizes } };
}

/**
 * The mirror of {@link encodeGaps}. Whether the gaps fit the layout is found when the weight is dequantized, or by
 * `checkEntries`.
 *
 * @throws FormatError
 */
export function decodeGaps(bytes: Uint8Array, shape: readonly number[]): CodedSection {
  const { head, parts, rest } = readHead(bytes, "gaps", shape);
  const { layout, gapBits, entries } = head;
  const centroids = withZero(head.centroids);
  const sizes: StreamSizes = {};
  const streams = entryStreams({ centroids, gapBits, count: entries }, sizes);
  const decoder = recordDecoder({
    values: streamDecoder("values", streams.values),
    gaps: streamDecoder("positions", streams.gaps),
  });
  const { values, gaps } = decodePart(decoder, rest, bytes);
  checkCodebook(values, centroids, zeroIndex(centroids));
  const stored = {
    form: "gaps",
    layout,
    gaps: { length: scanLength(layout), gapBits, gaps, values },
    centroids,
  } as const;
  return { stored, bytes, sizes: { section: bytes.length, ...parts, ...sizes } };
}
