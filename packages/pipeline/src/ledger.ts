import { type ByteSource, type ContainerInfo, openContainer, type TensorInfo } from "@deep-compression/container";
import { inspectSymbols, type SymbolStreamSize } from "@deep-compression/huffman";
import { elementCount, elementTypes } from "@deep-compression/network";
import { readGraph } from "./read-graph";
import type { CodedForm } from "./section-flags";
import type { SectionParts } from "./section-parts";
import { checkClaims, decodeTensor, type ReadOptions, type StoredTensor } from "./stored-tensor";
import { type CodedWeight, entriesOf, zeroIndex } from "./stored-weight";
import { MASK_ALPHABET, valueAlphabet } from "./weight-section";

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
  /** Forms, code-length tables and chunk lengths of its streams. */
  readonly codeTables: number;
  readonly values: number;
  /** Gaps or mask, and the maps of rows and columns left out. */
  readonly gaps: number;
  /** What values and gaps of fillers take, rounded down to whole bytes in each stream. */
  readonly fillers: number;
  readonly raw: number;
}

/** One tensor of a file. */
export interface LedgerRow {
  readonly tensor: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Elements. */
  readonly weights: number;
  /** Elements with a bit that is not zero. */
  readonly kept: number;
  readonly fillers: number;
  /** Values in the codebook, zero aside; 0 for a raw tensor. */
  readonly centroids: number;
  readonly form: "raw" | CodedForm;
  /** Why a stage was declined; only where the compressor was told, a file does not say. */
  readonly reason?: string;
  /** A code; for a raw tensor an element. */
  readonly valueBits: BitsPerEntry;
  /** A gap; in the bitmask form the mask's bits a kept weight. 0 in other forms. */
  readonly gapBits: BitsPerEntry;
  readonly bytes: LedgerBytes;
}

/** All bytes of a file: `headerBytes`, `metadataBytes`, `graphBytes` and every row's bytes sum to `fileBytes`. */
export interface Ledger {
  readonly fileBytes: number;
  readonly headerBytes: number;
  readonly metadataBytes: number;
  readonly graphBytes: number;
  readonly rows: readonly LedgerRow[];
}

/** The ledger of a file, from the file alone. @throws FormatError */
export async function ledgerOf(source: ByteSource, options: ReadOptions = {}): Promise<Ledger> {
  const file = await openContainer(source);
  checkClaims(file.tensors, options);
  await readGraph(file); // the ledger of a broken file is no ledger
  const rows: LedgerRow[] = [];
  for (const info of file.tensors)
    rows.push(ledgerRow(info, decodeTensor(info, (await file.read(info.name)).sections)));
  return ledger(file, rows);
}

export function ledger(file: ContainerInfo, rows: readonly LedgerRow[]): Ledger {
  const { byteLength, headerBytes, metadataBytes, graphBytes } = file;
  return { fileBytes: byteLength, headerBytes, metadataBytes, graphBytes, rows };
}

/** The sum of a ledger's rows, part by part. */
export function ledgerTotals(rows: readonly LedgerRow[]): LedgerBytes {
  const sum = (part: keyof LedgerBytes) => rows.reduce((total, { bytes }) => total + bytes[part], 0);
  return {
    header: sum("header"),
    codebook: sum("codebook"),
    codeTables: sum("codeTables"),
    values: sum("values"),
    gaps: sum("gaps"),
    fillers: sum("fillers"),
    raw: sum("raw"),
  };
}

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
