import { byteReader, byteWriter, elementCount, FormatError } from "@deep-compression/bits";
import type { SymbolStreamSize } from "@deep-compression/huffman";
import { onesOfMask, scanLength } from "@deep-compression/sparse";
import { MASK_ALPHABET } from "./bitmask-form";
import { cheapestSection } from "./cheapest-form";
import { type StreamSizes, stream, streamDecoder } from "./coded-section";
import { decodeWhole, encodeWholeBelow } from "./raw-form";
import { SAMPLED_BYTES } from "./sampled-bytes";
import { SECTION_KINDS, type WholeForm } from "./section-flags";
import { decodePart, readSparseHead, writeSparseHead } from "./section-head";
import { type WeightOf, weightEntries } from "./stored-weight";

/** What the parts of a sparse section take, before it is wrapped. What is in no part are flags, numbers and lengths. */
export interface SparseSizes {
  readonly section: number;
  readonly lineMaps: number;
  readonly positions: SymbolStreamSize;
  /** Of the elements that are stored. */
  readonly elements: number;
}

/** Elements that are stored where a mask says, and the bytes of their section. */
export interface SparseSection {
  readonly form: "sparse";
  readonly bytes: Uint8Array;
  readonly elements: Uint8Array;
  readonly sizes: SparseSizes;
}

/** Where fewer elements are zeros the mask takes more than it saves, and so it does of so few elements. */
const [LEAST_ZEROS, LEAST_ELEMENTS] = [1 / 16, 24];

const WHOLE_FORMS: readonly WholeForm[] = ["raw", "deflated", "planes", "split"];

/**
 * The elements of which some bit is set, and where they stand (docs/format.md, "Sparse"), if that takes fewer than so many bytes and
 * readers would not count its elements as free ones.
 *
 * @param options.bits of an element: 8 or more
 */
export function encodeSparseBelow(
  elements: Uint8Array,
  options: { readonly bits: number; readonly shape: readonly number[]; readonly bytes: number },
): SparseSection | undefined {
  const { bits, shape, bytes } = options;
  const size = bits / 8;
  const count = elements.length / size;
  if (bits < 8 || count < LEAST_ELEMENTS) return undefined;
  if (!maySpare(elements, { bits, bytes })) return undefined;
  const positions = nonZeroElements(elements, { size, most: (1 - LEAST_ZEROS) * count });
  if (positions === undefined) return undefined;
  const mask = cheapestMask(positions, shape);
  const head = byteWriter();
  const { lineMaps } = writeSparseHead(head, mask.layout);
  const sizes: StreamSizes = {};
  const encodedMask = stream("positions", maskStream(mask.mask.length, sizes)).encode(mask.mask.mask);
  head.varint(encodedMask.length);
  head.bytes(encodedMask);
  const inner = encodeWholeBelow(gathered(elements, weightEntries(mask).positions, size), {
    bits,
    bytes: bytes - head.length - 1,
  });
  if (inner === undefined) return undefined;
  head.u8(SECTION_KINDS[inner.form]);
  head.bytes(inner.bytes);
  const section = head.finish();
  return {
    form: "sparse",
    bytes: section,
    elements,
    sizes: { section: section.length, lineMaps, positions: sizes.positions!, elements: inner.bytes.length },
  };
}

/** What a sample of elements tells of all is off by less than this. */
const GUESS = 0.9;

/** Whether the elements of which some bit is set may take fewer than so many bytes: of many a sample tells, sooner than they are found. */
function maySpare(elements: Uint8Array, { bits, bytes }: { readonly bits: number; readonly bytes: number }): boolean {
  if (elements.length <= SAMPLED_BYTES) return true;
  const { sample, of } = sampleOfNonZeros(elements, bits / 8);
  const most = Math.ceil((bytes * of) / elements.length / GUESS);
  return sample.length < most || encodeWholeBelow(sample, { bits, bytes: most }) !== undefined;
}

/** Stretches of elements, all over them. */
const STRETCHES = 8;

/** The bytes that are kept of a stretch, as many as deflate looks back. */
const STRETCH_BYTES = 2 ** 15;

/** Elements of which some bit is set, and how many bytes those take among which they stand. */
function sampleOfNonZeros(elements: Uint8Array, size: number): { readonly sample: Uint8Array; readonly of: number } {
  const sample = new Uint8Array(STRETCHES * STRETCH_BYTES);
  const length = size * Math.floor(elements.length / size / STRETCHES);
  let [kept, of] = [0, 0];
  for (let start = 0; start < STRETCHES * length; start += length) {
    const most = kept + STRETCH_BYTES;
    let at = start;
    for (; at < start + length && kept < most; at += size) {
      let bitsSet = 0;
      for (let i = 0; i < size; i++) bitsSet |= elements[at + i]!;
      if (bitsSet === 0) continue;
      for (let i = 0; i < size; i++) sample[kept++] = elements[at + i]!;
    }
    of += at - start;
  }
  return { sample: sample.subarray(0, kept), of };
}

/** Places of the elements of which some bit is set; undefined if they are more than so many. */
function nonZeroElements(
  elements: Uint8Array,
  { size, most }: { readonly size: number; readonly most: number },
): Uint32Array | undefined {
  const { words, each } = wordsOf(elements, size);
  let ones = 0;
  const note = (found: (element: number) => void) => {
    for (let at = 0, element = 0; at < words.length && ones <= most; element++) {
      let bitsSet = 0;
      for (const end = at + each; at < end; at++) bitsSet |= words[at]!;
      if (bitsSet !== 0) found(element);
    }
  };
  note(() => ones++);
  if (ones > most) return undefined;
  const positions = new Uint32Array(ones);
  let entry = 0;
  note((element) => {
    positions[entry++] = element;
  });
  return positions;
}

/** The elements as numbers of up to four bytes, and how many of them each is; a copy where theirs do not begin at such a number. */
function wordsOf(
  elements: Uint8Array,
  size: number,
): { readonly words: Uint8Array | Uint32Array; readonly each: number } {
  if (size % 4 !== 0) return { words: elements, each: size };
  const aligned = elements.byteOffset % 4 === 0 ? elements : elements.slice();
  return { words: new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4), each: size / 4 };
}

/** The layout without levels whose mask takes the fewest bytes, and the mask: that of a weight of which all values are the same. */
function cheapestMask(positions: Uint32Array, shape: readonly number[]): WeightOf<"bitmask"> {
  const codes = new Uint8Array(positions.length);
  const centroids = positions.length === 0 ? new Float32Array(0) : Float32Array.of(1);
  const auto = { gapBits: "auto", lineMaps: "auto", order: "auto", levels: "never", precision: "float32" } as const;
  const section = cheapestSection({ shape, positions, codes, centroids, distortion: 0 }, { ...auto, form: "bitmask" });
  if (section?.stored.form !== "bitmask") throw new Error("a weight without -0 has a mask");
  return section.stored;
}

function maskStream(length: number, sizes: StreamSizes) {
  return { alphabet: MASK_ALPHABET, count: Math.ceil(length / 8), sizes } as const;
}

function gathered(elements: Uint8Array, positions: Uint32Array, size: number): Uint8Array {
  const own = new Uint8Array(positions.length * size);
  for (let entry = 0, to = 0; entry < positions.length; entry++) {
    for (let from = positions[entry]! * size, end = from + size; from < end; ) own[to++] = elements[from++]!;
  }
  return own;
}

/**
 * The mirror of {@link encodeSparseBelow}. Memory is taken as `shape` claims: hold it to the expansion limit first.
 *
 * @throws FormatError "out-of-range" for elements of fewer than 8 bits, flags or an inner form that mean nothing,
 * "not-canonical" for an element that is stored and has no bit set, or bits behind the mask; as `decodeSymbols` of huffman and
 * {@link decodeWhole}
 */
export function decodeSparse(
  bytes: Uint8Array,
  { shape, bits }: { readonly shape: readonly number[]; readonly bits: number },
): { readonly elements: Uint8Array; readonly sizes: SparseSizes } {
  if (bits < 8) throw new FormatError("out-of-range", `elements of ${bits} bits are sparse`, { offset: 0 });
  if (shape.includes(0)) throw new FormatError("out-of-range", "a tensor of no elements is sparse", { offset: 0 });
  const size = bits / 8;
  const { layout, lineMaps, end } = readSparseHead(bytes, shape);
  const length = scanLength(layout);
  const reader = byteReader(bytes.subarray(end), { baseOffset: end });
  const encodedMask = reader.bytes(reader.varint());
  const sizes: StreamSizes = {};
  const mask = decodePart(streamDecoder("positions", maskStream(length, sizes)), encodedMask, bytes);
  const ones = onesOfMask(mask);
  const { offset } = reader;
  const kind = reader.u8();
  const form = WHOLE_FORMS.find((one) => SECTION_KINDS[one] === kind);
  if (form === undefined) throw new FormatError("out-of-range", `elements in the form ${kind}`, { offset });
  const innerBytes = reader.bytes(reader.remaining);
  const decoder = {
    name: form,
    decode: (own: Uint8Array) => decodeWhole(own, { form, shape: [ones], bits }),
  };
  const own = decodePart(decoder, innerBytes, bytes);
  const entries = { length, mask, values: new Uint8Array(ones) };
  const { positions } = weightEntries({ form: "bitmask", layout, mask: entries, centroids: new Float32Array(1) });
  const elements = scattered(own, { positions, size, count: elementCount(shape) });
  const parts = { lineMaps, positions: sizes.positions!, elements: innerBytes.length };
  return { elements, sizes: { section: bytes.length, ...parts } };
}

/** The mirror of {@link gathered}. @throws FormatError "not-canonical" */
function scattered(
  own: Uint8Array,
  { positions, size, count }: { readonly positions: Uint32Array; readonly size: number; readonly count: number },
): Uint8Array {
  const elements = new Uint8Array(count * size);
  for (let entry = 0, from = 0; entry < positions.length; entry++) {
    let any = 0;
    for (let to = positions[entry]! * size, end = to + size; to < end; ) any |= elements[to++] = own[from++]!;
    if (any === 0) throw new FormatError("not-canonical", "an element that is stored is +0", { offset: 0 });
  }
  return elements;
}
