import { elementCount } from "@deep-compression/bits";
import type { ContainerInfo } from "@deep-compression/container";
import { ELEMENT_TYPES, type ElementType, type Tensor } from "@deep-compression/network";
import {
  type LedgerBytes,
  NO_BYTES,
  rawLedger,
  type SectionLedger,
  sectionLedger,
} from "@deep-compression/tensor-codec";
import type { DeclinedKind } from "./declined";
import type { StoredTensor, TensorEntry } from "./tensor-entry";

/** One tensor of a file. */
export interface LedgerRow extends Omit<SectionLedger, "form"> {
  /** "envelope": it has no section of its own, and stands in the model's files as they are kept. */
  readonly form: SectionLedger["form"] | "envelope";
  readonly tensor: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Elements. */
  readonly weights: number;
  /**
   * Relative squared error: the sum of (w - w')^2 over that of w^2 of the tensor as it came, of integers of what they stand
   * for; 0 where nothing was lost. Only where the compressor was told, a file does not say.
   */
  readonly error?: number;
  /** Why it was not stored as the plan allows, in a word and in a sentence; only the compressor knows, a file does not say. */
  readonly declined?: DeclinedKind;
  readonly reason?: string;
}

/** All bytes of a file: `headerBytes`, `metadataBytes`, `graphBytes` and every row's bytes sum to `fileBytes`. */
export interface Ledger {
  readonly fileBytes: number;
  readonly headerBytes: number;
  readonly metadataBytes: number;
  /** Of the graph or the envelope. */
  readonly graphBytes: number;
  readonly rows: readonly LedgerRow[];
}

/** What a directory tells of a row of the ledger: `bytes` is the sum of the row's. */
export interface TensorSize extends Pick<LedgerRow, "tensor" | "type" | "shape" | "weights" | "form"> {
  readonly bytes: number;
}

/** The sizes of a ledger without what the bytes of each tensor are for. */
export interface FileSizes extends Omit<Ledger, "rows"> {
  readonly tensors: readonly TensorSize[];
}

/** The sizes of a file: those of the directory's entries, then those of tensors that stand in the envelope only. */
export function fileSizes(
  file: ContainerInfo,
  entries: readonly TensorEntry[],
  inEnvelope: readonly Omit<Tensor, "bytes">[],
): FileSizes {
  const { rows, ...sizes } = ledgerOf(file, inEnvelope.map(envelopeRow));
  const size = ({ tensor, type, shape, weights, form }: Omit<TensorSize, "bytes">, bytes: number) => ({
    tensor,
    type,
    shape,
    weights,
    form,
    bytes,
  });
  const stored = entries.map(({ name: tensor, type, shape, form, repeats, directoryBytes }, i) => {
    const sectionBytes = repeats === undefined ? file.tensors[i]!.sections[0]!.length : 0;
    return size({ tensor, type, shape, weights: elementCount(shape), form }, directoryBytes + sectionBytes);
  });
  return { ...sizes, tensors: [...stored, ...rows.map((row) => size(row, 0))] };
}

/** The row of a tensor as it is stored; its entry in the directory counts to the header. */
export function tensorRow(stored: StoredTensor): LedgerRow {
  const { name: tensor, type, shape, directoryBytes, repeats } = stored.entry;
  const weights = elementCount(shape);
  const { bytes, ...own } = ledgerOfSection(stored, weights);
  return {
    tensor,
    type,
    shape,
    weights,
    ...own,
    bytes: withEntry(repeats === undefined ? bytes : NO_BYTES, directoryBytes),
  };
}

/** The row of a tensor that stands in the envelope only: its bytes are among those of the envelope. */
export function envelopeRow({ name: tensor, type, shape }: Omit<Tensor, "bytes">): LedgerRow {
  const weights = elementCount(shape);
  const { bits } = ELEMENT_TYPES[type];
  const whole = { before: bits, after: bits };
  return {
    tensor,
    type,
    shape,
    weights,
    form: "envelope",
    kept: weights,
    fillers: 0,
    centroids: 0,
    valueBits: whole,
    gapBits: { before: 0, after: 0 },
    bytes: NO_BYTES,
  };
}

function ledgerOfSection(stored: StoredTensor, count: number): SectionLedger {
  if (stored.form === "coded") return sectionLedger(stored.section);
  const { rawForm: form, sectionLength, sizes, bytes, entry } = stored;
  const { type, isWrapped, isNarrowed } = entry;
  return rawLedger(bytes, {
    form,
    ...(isWrapped && { isWrapped }),
    ...(isNarrowed && { isNarrowed }),
    ...(sizes && { sizes }),
    bits: ELEMENT_TYPES[type].bits,
    count,
    sectionLength,
  });
}

/** The bytes with those of the entry in the directory. */
export function withEntry(bytes: LedgerBytes, directoryBytes: number): LedgerBytes {
  return { ...bytes, header: bytes.header + directoryBytes };
}

/** The ledger of a file whose rows are counted. */
export function ledgerOf(file: ContainerInfo, rows: readonly LedgerRow[]): Ledger {
  const { byteLength, headerBytes, metadataBytes, modelBytes } = file;
  return { fileBytes: byteLength, headerBytes, metadataBytes, graphBytes: modelBytes, rows };
}

/** The sum of a ledger's rows, part by part. */
export function ledgerTotals(rows: readonly LedgerRow[]): LedgerBytes {
  const sum = (part: keyof LedgerBytes) => rows.reduce((total, { bytes }) => total + bytes[part], 0);
  return {
    header: sum("header"),
    codebook: sum("codebook"),
    scales: sum("scales"),
    codeTables: sum("codeTables"),
    values: sum("values"),
    gaps: sum("gaps"),
    fillers: sum("fillers"),
    raw: sum("raw"),
    deflate: sum("deflate"),
  };
}
