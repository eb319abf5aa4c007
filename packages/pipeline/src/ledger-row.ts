import type { Codes } from "@deep-compression/bits";
import type { TensorInfo } from "@deep-compression/container";
import { histogram, inspectSymbols, type SymbolStreamSize } from "@deep-compression/huffman";
import { ELEMENT_TYPES, elementCount, type Tensor } from "@deep-compression/network";
import { MAX_CENTROIDS } from "./centroid-bytes";
import type { LedgerBytes, LedgerRow } from "./ledger";
import type { SectionParts } from "./section-parts";
import type { StoredTensor } from "./stored-tensor";
import { type CodedWeight, zeroIndex } from "./stored-weight";
import { MASK_ALPHABET, valueAlphabet } from "./weight-section";

/** What a tensor's entry in the directory and its section say of where its bytes went. */
export function ledgerRow(info: TensorInfo, stored: StoredTensor): LedgerRow {
  const row = stored.form === "coded" ? codedRow(stored, stored.parts, stored.weight) : rawRow(stored);
  return withDirectoryBytes(row, info.directoryBytes);
}

/** A row with the bytes of the tensor's entry in the directory added to its header. */
export function withDirectoryBytes(row: LedgerRow, directoryBytes: number): LedgerRow {
  return { ...row, bytes: { ...row.bytes, header: row.bytes.header + directoryBytes } };
}

type TensorHead = Pick<Tensor, "name" | "type" | "shape">;

/** The row of a tensor that is stored raw, without its entry in the directory. */
export function rawRow({ name, type, shape, bytes }: Tensor): LedgerRow {
  const { bits } = ELEMENT_TYPES[type];
  const weights = elementCount(shape);
  return {
    tensor: name,
    type,
    shape,
    weights,
    kept: bits < 8 ? keptHalves(bytes, weights) : keptRaw(bytes, bits / 8),
    fillers: 0,
    centroids: 0,
    form: "raw",
    valueBits: { before: bits, after: bits },
    gapBits: { before: 0, after: 0 },
    bytes: { ...NO_BYTES, raw: bytes.length },
  };
}

const NO_BYTES: LedgerBytes = { header: 0, codebook: 0, codeTables: 0, values: 0, gaps: 0, fillers: 0, raw: 0 };

/** The row of a tensor in codes, without its entry in the directory. */
export function codedRow({ name, type, shape }: TensorHead, parts: SectionParts, weight: CodedWeight): LedgerRow {
  const { form, sizes } = parts;
  const { codes, entries, kept, positionCount, positionAlphabet, positionBits } = contentsOf(weight);
  const fillers = form === "gaps" ? entries - kept : 0;
  const values = inspectSymbols(parts.values.bytes, { alphabet: valueAlphabet(parts.centroids), count: entries });
  const positions = inspectSymbols(parts.positions.bytes, { alphabet: positionAlphabet, count: positionCount });
  // Where a stream has several codes, the first one's lengths stand for all.
  const fillerBytes = (stream: SymbolStreamSize, alphabet: number, symbol: number) =>
    Math.min(stream.dataBytes, Math.floor((fillers * bitsOf(stream, alphabet, symbol)) / 8));
  const ofFillers = {
    values: fillerBytes(values, valueAlphabet(parts.centroids), zeroIndex(parts.centroids)),
    gaps: fillerBytes(positions, positionAlphabet, positionAlphabet - 1),
  };
  return {
    tensor: name,
    type,
    shape,
    weights: elementCount(shape),
    kept,
    fillers,
    centroids: parts.centroids.length - (parts.centroids.includes(0) ? 1 : 0),
    form,
    valueBits: { before: fixedBits(distinctCodes(codes)), after: ratio(values.dataBits, entries) },
    gapBits: { before: ratio(positionBits, entries), after: ratio(positions.dataBits, entries) },
    bytes: {
      header: sizes.head,
      codebook: sizes.codebook,
      codeTables: values.tableBytes + positions.tableBytes,
      values: values.dataBytes - ofFillers.values,
      gaps: positions.dataBytes - ofFillers.gaps + sizes.lineMaps,
      fillers: ofFillers.values + ofFillers.gaps,
      raw: 0,
    },
  };
}

/** What the streams of a weight hold. `positionBits` is what gaps or mask take before entropy coding. */
function contentsOf(weight: CodedWeight) {
  if (weight.form === "dense") {
    const { codes, centroids } = weight;
    const zero = centroids.findIndex((centroid) => Object.is(centroid, 0));
    let kept = 0;
    for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) kept++;
    return { codes, entries: codes.length, kept, positionCount: 0, positionAlphabet: 1, positionBits: 0 };
  }
  if (weight.form === "bitmask") {
    const { mask, values, length } = weight.mask;
    const kept = values.length;
    const positionCount = mask.length;
    return { codes: values, entries: kept, kept, positionCount, positionAlphabet: MASK_ALPHABET, positionBits: length };
  }
  const { values, gapBits } = weight.gaps;
  const entries = values.length;
  const filler = zeroIndex(weight.centroids);
  let kept = 0;
  for (let i = 0; i < entries; i++) if (values[i] !== filler) kept++;
  return {
    codes: values,
    entries,
    kept,
    positionCount: entries,
    positionAlphabet: 2 ** gapBits,
    positionBits: entries * gapBits,
  };
}

function distinctCodes(codes: Codes): number {
  const counts = histogram(codes, MAX_CENTROIDS);
  return counts.reduce((distinct, count) => distinct + (count > 0 ? 1 : 0), 0);
}

/** Bits that one symbol takes in a stream. */
function bitsOf({ mode: form, lengths }: SymbolStreamSize, alphabet: number, symbol: number): number {
  if (form === "constant") return 0;
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
  for (let i = 0; i < count; i++) if (((bytes[i >>> 1] >> (4 * (i & 1))) & 15) !== 0) kept++;
  return kept;
}

/** Elements of `size` bytes of which some bit is set. */
function keptRaw(bytes: Uint8Array, size: number): number {
  let kept = 0;
  for (let start = 0; start < bytes.length; start += size) {
    let any = 0;
    for (let i = start; i < start + size; i++) any |= bytes[i];
    if (any !== 0) kept++;
  }
  return kept;
}
