import type { TensorInfo } from "@deep-compression/container";
import { inspectSymbols, type SymbolStreamSize } from "@deep-compression/huffman";
import { elementCount, elementTypes } from "@deep-compression/network";
import type { LedgerBytes, LedgerRow } from "./ledger";
import type { SectionParts } from "./section-parts";
import type { StoredTensor } from "./stored-tensor";
import { type CodedWeight, entriesOf, zeroIndex } from "./stored-weight";
import { MASK_ALPHABET, valueAlphabet } from "./weight-section";

/** What a tensor's entry in the directory and its section say of where its bytes went. */
export function ledgerRow(info: TensorInfo, stored: StoredTensor): LedgerRow {
  const { name, type, shape } = stored;
  const common = { tensor: name, type, shape, weights: elementCount(shape) };
  if (stored.form === "coded") {
    return { ...common, ...codedRow(stored.parts, stored.weight, info.directoryBytes) };
  }
  const { bits } = elementTypes[type];
  return {
    ...common,
    kept: keptRaw(stored.bytes, bits),
    fillers: 0,
    centroids: 0,
    form: "raw",
    valueBits: { before: bits, after: bits },
    gapBits: { before: 0, after: 0 },
    bytes: { ...NO_BYTES, header: info.directoryBytes, raw: stored.bytes.length },
  };
}

const NO_BYTES: LedgerBytes = { header: 0, codebook: 0, codeTables: 0, values: 0, gaps: 0, fillers: 0, raw: 0 };

type CodedRow = Omit<LedgerRow, "tensor" | "type" | "shape" | "weights">;

function codedRow(parts: SectionParts, weight: CodedWeight, directoryBytes: number): CodedRow {
  const { form, sizes } = parts;
  const { codes, entries, kept, positionCount, positionAlphabet, positionBits } = contentsOf(weight);
  const fillers = form === "gaps" ? entries - kept : 0;
  const values = inspectSymbols(parts.values.bytes, { alphabet: valueAlphabet(parts.centroids), count: entries });
  const positions = inspectSymbols(parts.positions.bytes, { alphabet: positionAlphabet, count: positionCount });
  const ofFillers = {
    values: Math.floor((fillers * bitsOf(values, valueAlphabet(parts.centroids), zeroIndex(parts.centroids))) / 8),
    gaps: Math.floor((fillers * bitsOf(positions, positionAlphabet, positionAlphabet - 1)) / 8),
  };
  return {
    kept,
    fillers,
    centroids: parts.centroids.length - (parts.centroids.includes(0) ? 1 : 0),
    form,
    valueBits: { before: fixedBits(new Set(codes).size), after: ratio(values.dataBits, entries) },
    gapBits: { before: ratio(positionBits, entries), after: ratio(positions.dataBits, entries) },
    bytes: {
      header: directoryBytes + sizes.head,
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
    for (const code of codes) if (code !== zero) kept++;
    return { codes, entries: codes.length, kept, positionCount: 0, positionAlphabet: 1, positionBits: 0 };
  }
  const kept = entriesOf(weight).positions.length;
  if (weight.form === "bitmask") {
    const { mask, values, length } = weight.mask;
    const positionCount = mask.length;
    return { codes: values, entries: kept, kept, positionCount, positionAlphabet: MASK_ALPHABET, positionBits: length };
  }
  const { values, gapBits } = weight.gaps;
  const entries = values.length;
  return {
    codes: values,
    entries,
    kept,
    positionCount: entries,
    positionAlphabet: 2 ** gapBits,
    positionBits: entries * gapBits,
  };
}

/** Bits that one symbol takes in a stream. */
function bitsOf({ form, lengths }: SymbolStreamSize, alphabet: number, symbol: number): number {
  if (form === "constant") return 0;
  return lengths?.[symbol] ?? fixedBits(alphabet);
}

function fixedBits(symbols: number): number {
  return symbols < 2 ? 0 : 32 - Math.clz32(symbols - 1);
}

function ratio(bits: number, entries: number): number {
  return entries === 0 ? 0 : bits / entries;
}

/** Elements of which some bit is set. */
function keptRaw(bytes: Uint8Array, bits: number): number {
  let kept = 0;
  if (bits < 8) {
    for (const byte of bytes) kept += ((byte & 15) > 0 ? 1 : 0) + (byte > 15 ? 1 : 0);
    return kept;
  }
  const size = bits / 8;
  for (let start = 0; start < bytes.length; start += size) {
    if (bytes.subarray(start, start + size).some((byte) => byte !== 0)) kept++;
  }
  return kept;
}
