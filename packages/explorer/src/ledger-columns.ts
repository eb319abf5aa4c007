import { ELEMENT_TYPES } from "@deep-compression/network";
import type { LedgerRow, TensorSize } from "@deep-compression/pipeline";
import { grouped, percentText, shapeText } from "./number-text";

/** A row of the table: what the directory tells, and what the ledger does once the tensor is decoded. */
export interface TableRow extends TensorSize {
  readonly ledger?: LedgerRow;
  /** ||w - w'|| / ||w|| by the file's certificate. */
  readonly error?: number;
}

/** A column: what is written in a cell, and what it is sorted by. */
export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  readonly isNumber: boolean;
  readonly text: (row: Row) => string;
  /** Undefined comes last in either order. */
  readonly value: (row: Row) => number | string | undefined;
}

/** The parts of a tensor's bytes, as a ledger has them, in words. */
export const PARTS = {
  values: "codes",
  gaps: "positions",
  fillers: "fillers",
  codebook: "codebook",
  scales: "scales",
  codeTables: "code tables",
  raw: "kept bit for bit",
  header: "header",
  deflate: "deflate saved",
} as const satisfies Readonly<Record<keyof LedgerRow["bytes"], string>>;

export type Part = keyof typeof PARTS;

/** The parts in the order in which they are shown. */
export const PART_KEYS = Object.keys(PARTS) as readonly Part[];

/** Bytes that the elements would take in a plain array. */
export function denseBytes({ weights, type }: Pick<TensorSize, "weights" | "type">): number {
  return Math.ceil((weights * ELEMENT_TYPES[type].bits) / 8);
}

function numeric<Row>(
  key: string,
  head: string,
  value: (row: Row) => number | undefined,
  text: (value: number) => string = grouped,
): Column<Row> {
  const written = (row: Row) => {
    const found = value(row);
    return found === undefined ? "–" : text(found);
  };
  return { key, head, isNumber: true, text: written, value };
}

const fraction = (value: number) => percentText(value, 1);

/** What every table shows. */
export const COLUMNS: readonly Column<TableRow>[] = [
  {
    key: "shape",
    head: "Shape",
    isNumber: false,
    text: ({ shape }) => shapeText(shape),
    value: ({ weights }) => weights,
  },
  { key: "type", head: "Type", isNumber: false, text: ({ type }) => type, value: ({ type }) => type },
  { key: "form", head: "Form", isNumber: false, text: ({ form }) => form, value: ({ form }) => form },
  numeric("weights", "Weights", ({ weights }) => weights),
  numeric("kept", "Not zero", ({ ledger, weights }) => ledger && weights && ledger.kept / weights, fraction),
  numeric(
    "bits",
    "Bits each",
    ({ bytes, weights }) => (weights ? (8 * bytes) / weights : undefined),
    (bits) => bits.toFixed(2),
  ),
  numeric("bytes", "Bytes", ({ bytes }) => bytes),
  numeric("dense", "Of dense", (row) => (row.weights ? row.bytes / denseBytes(row) : undefined), fraction),
];

/** By a certificate: how far each weight is from what it was. */
export const ERROR_COLUMN: Column<TableRow> = numeric("error", "Error", ({ error }) => error, fraction);

/** Bytes by part. */
export const PART_COLUMNS: readonly Column<TableRow>[] = PART_KEYS.map((part) =>
  numeric(part, `${PARTS[part][0]!.toUpperCase()}${PARTS[part].slice(1)}`, ({ ledger }) => ledger?.bytes[part]),
);
