import { type ByteSource, type ContainerInfo, openContainer } from "@deep-compression/container";
import { ledgerRow } from "./ledger-row";
import { readGraph } from "./read-graph";
import type { CodedForm } from "../../tensor-codec/src/section-flags";
import { checkClaims, checkedTensor, type ReadOptions } from "./stored-tensor";

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
  /**
   * Relative squared error: the sum of (w - w')^2 over that of w^2 of the tensor as it came; 0 where nothing was lost. Only
   * where the compressor was told, a file does not say.
   */
  readonly error?: number;
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
    rows.push(ledgerRow(info, checkedTensor(info, (await file.read(info.name)).sections)));
  return ledger(file, rows);
}

/** The ledger of a file whose rows are counted. */
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
