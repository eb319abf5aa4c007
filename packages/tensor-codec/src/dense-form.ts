import { byteWriter, elementCount } from "@deep-compression/bits";
import { checkCodebook, valueAlphabet } from "./codebook-bytes";
import { type CodedSection, type EncodingOptions, type StreamSizes, stream, streamDecoder } from "./coded-section";
import { decodePart, readHead, rowMajor, writeHead } from "./section-head";
import type { WeightOf } from "./stored-weight";

/** A code for each element. */
function valueStream(centroids: Float32Array, count: number, sizes: StreamSizes) {
  return { alphabet: valueAlphabet(centroids), count, sizes };
}

/** A weight in the dense form as a section (docs/format.md, "Sections of coded tensors"). */
export function encodeDense(stored: WeightOf<"dense">, { shape, precision }: EncodingOptions): CodedSection {
  const { codes, centroids } = stored;
  const out = byteWriter();
  const head = { precision, layout: rowMajor(shape), gapBits: 1, entries: 0, centroids };
  const parts = writeHead(out, "dense", head);
  const sizes: StreamSizes = {};
  out.bytes(stream("values", valueStream(centroids, codes.length, sizes)).encode(codes));
  return { stored, bytes: out.finish(), sizes: { section: out.length, ...parts, ...sizes } };
}

/** The mirror of {@link encodeDense}. @throws FormatError */
export function decodeDense(bytes: Uint8Array, shape: readonly number[]): CodedSection {
  const { head, parts, rest } = readHead(bytes, "dense", shape);
  const { centroids } = head;
  const sizes: StreamSizes = {};
  const codes = decodePart(streamDecoder("values", valueStream(centroids, elementCount(shape), sizes)), rest, bytes);
  checkCodebook(codes, centroids);
  const stored = { form: "dense", codes, centroids } as const;
  return { stored, bytes, sizes: { section: bytes.length, ...parts, ...sizes } };
}
