import { byteReader, concatenated, elementCount, varint } from "@deep-compression/bits";
import { deflatePieces } from "@deep-compression/bits/deflate";
import { inflate } from "@deep-compression/bits/inflate";
import { mayDeflate } from "./repetition-estimate";
import { fewPiecesOf, SAMPLED_BYTES, sampleOf } from "./sampled-bytes";

/** What wrapping must save: less is not worth that a reader inflates before it decodes. */
const MIN_SAVED = 0.01;
const MIN_SAVED_BYTES = 8;

/** Where a few pieces do not come down to this, nothing repeats: symbols that are coded well take all their bytes. */
const HARDLY_LESS = 0.997;

/** Fewer bytes hold little that deflate finds; 10,000 small tensors would wait a second for it. */
const MIN_BYTES = 64;

/**
 * Elements that a coded or wrapped tensor may have for each byte of its section (docs/format.md, "Limits"). One at 0.1 % of its weights, 4
 * bits each, has 2000; beyond that it is all but empty.
 */
export const MAX_ELEMENTS_PER_BYTE = 4096;

/** The bytes that a wrapped section may stand for (docs/format.md, "Wrapped sections"). */
const [MAX_PLAIN_BYTES, MAX_PLAIN_BYTES_PER_ELEMENT] = [64, 16];

/** What has bytes of a section and may be wrapped. */
interface Wrappable {
  readonly bytes: Uint8Array;
  readonly isWrapped?: true;
}

/**
 * The section wrapped, or as it is if that saves too little: codes and positions of a matrix that repeats itself do so still when
 * they are Huffman coded. It keeps so many bytes that readers would not count its elements as free ones.
 */
export function wrapSection<Section extends Wrappable>(section: Section, shape: readonly number[]): Section {
  const { bytes } = section;
  const elements = elementCount(shape);
  const saved = Math.max(MIN_SAVED_BYTES, Math.ceil(MIN_SAVED * bytes.length));
  if (bytes.length < MIN_BYTES || bytes.length > mostPlainBytes(elements)) return section;
  const isLarge = bytes.length > SAMPLED_BYTES;
  const most = 1 - MIN_SAVED;
  if (isLarge && !mayDeflate(fewPiecesOf(bytes), { most: HARDLY_LESS })) return section;
  if (isLarge && !mayDeflate(sampleOf(bytes), { most })) return section;
  if (!mayDeflate(bytes, { most })) return section;
  const head = varint().encode(bytes.length);
  const options = { length: bytes.length, level: isLarge ? 6 : 9, maxLength: bytes.length - saved - head.length };
  const stream = deflatePieces([bytes], options);
  if (stream === undefined) return section;
  if (elements > MAX_ELEMENTS_PER_BYTE * (head.length + stream.length)) return section;
  return { ...section, bytes: concatenated([head, stream]), isWrapped: true };
}

/**
 * The bytes that a section had before it was wrapped. Memory is taken as the bytes and the shape justify.
 *
 * @throws FormatError "limit-exceeded" if they are more than a tensor of that shape may have; as `inflate` of bits
 */
export function unwrapSection(bytes: Uint8Array, shape: readonly number[]): Uint8Array {
  const reader = byteReader(bytes);
  const length = reader.varint({ max: mostPlainBytes(elementCount(shape)) });
  return inflate(reader.bytes(reader.remaining), { length });
}

function mostPlainBytes(elements: number): number {
  return MAX_PLAIN_BYTES + MAX_PLAIN_BYTES_PER_ELEMENT * elements;
}
