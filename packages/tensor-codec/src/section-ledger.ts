import type { Codes } from "@deep-compression/bits";
import { zeroIndex } from "@deep-compression/codebook";
import type { SymbolStreamSize } from "@deep-compression/huffman";
import { MASK_ALPHABET } from "./bitmask-form";
import { valueAlphabet } from "./codebook-bytes";
import type { CodedSection } from "./coded-section";
import type { Form, RawForm } from "./section-flags";
import type { SparseSizes } from "./sparse-form";
import { type CodedWeight, weightEntries } from "./stored-weight";

/** Bits an entry before entropy coding, at a fixed width, and after. */
export interface BitsPerEntry {
  readonly before: number;
  readonly after: number;
}

/** Where the bytes of a tensor went. */
export interface LedgerBytes {
  /** Its entry in the directory; flags, counts and lengths of its section. */
  readonly header: number;
  readonly codebook: number;
  /** Of rows and columns. */
  readonly scales: number;
  /** Modes, code-length tables and chunk lengths of its streams. */
  readonly codeTables: number;
  /** Codes; in the form context, whose bits tell of both at once, positions too. */
  readonly values: number;
  /** Gaps or mask, and the line maps. */
  readonly gaps: number;
  /** What values and gaps of fillers take, rounded down to whole bytes in each stream. */
  readonly fillers: number;
  /** Elements kept bit for bit, deflated or not. */
  readonly raw: number;
  /** What wrapping a section in codes or a sparse one has saved of all those parts: 0, or below it. */
  readonly deflate: number;
}

/** What a section holds and where its bytes went: they sum to its length. */
export interface SectionLedger {
  /** Elements with a bit that is not zero. */
  readonly kept: number;
  readonly fillers: number;
  /** Values in the codebook, zero aside; 0 for elements kept bit for bit. */
  readonly centroids: number;
  readonly form: Form;
  /** The section is wrapped: what stands here of its parts is as they were before. */
  readonly isWrapped?: true;
  /** The section is scaled. */
  readonly isScaled?: true;
  /** The elements are stored in a narrower type. */
  readonly isNarrowed?: true;
  /** A code; in the form context with its position; of elements kept bit for bit one of those. */
  readonly valueBits: BitsPerEntry;
  /** A gap; in the bitmask form the mask's bits a kept weight. 0 in other forms. */
  readonly gapBits: BitsPerEntry;
  readonly bytes: LedgerBytes;
}

/** Of a tensor that takes no bytes. */
export const NO_BYTES: LedgerBytes = {
  header: 0,
  codebook: 0,
  scales: 0,
  codeTables: 0,
  values: 0,
  gaps: 0,
  fillers: 0,
  raw: 0,
  deflate: 0,
};

const NO_STREAM = { tableBytes: 0, dataBytes: 0, dataBits: 0, mode: "constant" } as const;

/** The ledger of elements kept bit for bit, `count` of so many bits in a section of `sectionLength` bytes. */
export function rawLedger(
  elements: Uint8Array,
  options: {
    readonly form: RawForm;
    readonly isWrapped?: true;
    readonly isNarrowed?: true;
    readonly bits: number;
    readonly count: number;
    readonly sectionLength: number;
    /** Of the form sparse. */
    readonly sizes?: SparseSizes;
  },
): SectionLedger {
  const { form, isWrapped, isNarrowed, bits, count, sectionLength, sizes } = options;
  return {
    kept: bits < 8 ? keptHalves(elements, count) : keptElements(elements, bits / 8),
    fillers: 0,
    centroids: 0,
    form,
    ...(isWrapped && { isWrapped }),
    ...(isNarrowed && { isNarrowed }),
    valueBits: { before: bits, after: form === "raw" && !isNarrowed ? bits : ratio(8 * sectionLength, count) },
    gapBits: { before: 0, after: 0 },
    bytes: sizes === undefined ? { ...NO_BYTES, raw: sectionLength } : sparseBytes(sizes, sectionLength),
  };
}

function sparseBytes({ section, lineMaps, positions, elements }: SparseSizes, sectionLength: number): LedgerBytes {
  const { tableBytes, dataBytes } = positions;
  return {
    ...NO_BYTES,
    header: section - lineMaps - tableBytes - dataBytes - elements,
    codeTables: tableBytes,
    gaps: dataBytes + lineMaps,
    raw: elements,
    deflate: sectionLength - section,
  };
}

/** The ledger of a section in codes, from what its encoder or its decoder has noted. */
export function sectionLedger({ stored, sizes, bytes, isWrapped }: CodedSection): SectionLedger {
  const { centroids, form } = stored;
  const { codes, kept, positionAlphabet, positionBits } = contentsOf(stored);
  const { values = NO_STREAM, positions = NO_STREAM, runs = NO_STREAM } = sizes;
  const { bands = 0, codebook, lineMaps, scales = 0 } = sizes;
  const entries = codes.length;
  const fillers = form === "gaps" ? entries - kept : 0;
  // Where a stream has several codes, the first one's lengths stand for all.
  const fillerBytes = (stream: FillerStream, alphabet: number, symbol: number) =>
    Math.min(stream.dataBytes, Math.floor((fillers * bitsOf(stream, alphabet, symbol)) / 8));
  const ofFillers = {
    values: fillerBytes(values, valueAlphabet(centroids), zeroIndex(centroids)),
    gaps: fillerBytes(positions, positionAlphabet, positionAlphabet - 1),
  };
  const codeTables = values.tableBytes + positions.tableBytes + runs.tableBytes;
  const positionBytes = positions.dataBytes + runs.dataBytes;
  const streamBytes = codeTables + values.dataBytes + positionBytes + bands;
  return {
    kept,
    fillers,
    centroids: centroids.length - (centroids.includes(0) ? 1 : 0),
    form,
    ...(isWrapped && { isWrapped }),
    ...(stored.scales && { isScaled: true }),
    valueBits: {
      before: fixedBits(distinctCodes(codes, valueAlphabet(centroids))),
      after: ratio(values.dataBits + 8 * bands, entries),
    },
    gapBits: { before: ratio(positionBits, entries), after: ratio(positions.dataBits + runs.dataBits, entries) },
    bytes: {
      header: sizes.section - codebook - lineMaps - scales - streamBytes,
      codebook,
      scales,
      codeTables,
      values: values.dataBytes - ofFillers.values + bands,
      gaps: positionBytes - ofFillers.gaps + lineMaps,
      fillers: ofFillers.values + ofFillers.gaps,
      raw: 0,
      deflate: bytes.length - sizes.section,
    },
  };
}

/** What the streams of a weight hold. `positionBits` is what gaps or mask take before entropy coding. */
function contentsOf(weight: CodedWeight) {
  if (weight.form === "dense") {
    const { codes, centroids } = weight;
    const zero = centroids.findIndex((centroid) => Object.is(centroid, 0));
    return { codes, kept: countOthers(codes, zero), positionAlphabet: 1, positionBits: 0 };
  }
  if (weight.form === "bitmask") {
    const { values, length } = weight.mask;
    return { codes: values, kept: values.length, positionAlphabet: MASK_ALPHABET, positionBits: length };
  }
  if (weight.form === "context") {
    const { codes } = weightEntries(weight);
    return { codes, kept: codes.length, positionAlphabet: 1, positionBits: 0 };
  }
  const { values, gapBits } = weight.gaps;
  const kept = countOthers(values, zeroIndex(weight.centroids));
  return { codes: values, kept, positionAlphabet: 2 ** gapBits, positionBits: values.length * gapBits };
}

/** Codes that are not this one. */
function countOthers(codes: Codes, code: number): number {
  let others = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== code) others++;
  return others;
}

function distinctCodes(codes: Codes, alphabet: number): number {
  const seen = new Uint8Array(alphabet);
  for (let i = 0; i < codes.length; i++) seen[codes[i]!] = 1;
  return seen.reduce((distinct, one) => distinct + one, 0);
}

type FillerStream = Pick<SymbolStreamSize, "mode" | "lengths" | "dataBytes">;

/** Bits that one symbol takes in a stream. */
function bitsOf({ mode, lengths }: FillerStream, alphabet: number, symbol: number): number {
  if (mode === "constant") return 0;
  return lengths?.[symbol] ?? fixedBits(alphabet);
}

function fixedBits(symbols: number): number {
  return symbols < 2 ? 0 : 32 - Math.clz32(symbols - 1);
}

function ratio(bits: number, entries: number): number {
  return entries === 0 ? 0 : bits / entries;
}

/** Half bytes of which some bit is set; that which pads the last byte is no element. */
function keptHalves(bytes: Uint8Array, count: number): number {
  let kept = 0;
  for (let i = 0; i < count; i++) if (((bytes[i >>> 1]! >> (4 * (i & 1))) & 15) !== 0) kept++;
  return kept;
}

/** Elements of `size` bytes of which some bit is set. */
function keptElements(bytes: Uint8Array, size: number): number {
  let kept = 0;
  for (let start = 0; start < bytes.length; start += size) {
    let any = 0;
    for (let i = start; i < start + size; i++) any |= bytes[i]!;
    if (any !== 0) kept++;
  }
  return kept;
}
