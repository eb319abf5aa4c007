import { ELEMENT_TYPES } from "@deep-compression/network";
import { type Ledger, type LedgerRow, ledgerTotals } from "@deep-compression/pipeline";
import { bits, grouped, percent, shortName } from "./terminal";
import { textTable } from "./text-table";

/** The columns of a ledger by their heads. */
const COLUMNS: readonly (readonly [head: string, cell: (row: LedgerRow) => string])[] = [
  ["tensor", ({ tensor }) => shortName(tensor)],
  ["shape", ({ shape }) => shortName(shape.join("x")) || "scalar"],
  ["weights", ({ weights }) => grouped(weights)],
  ["kept", ({ kept, weights }) => percent(kept, weights)],
  ["form", formText],
  ["value bits", ({ valueBits }) => bits(valueBits.before)],
  ["coded", ({ valueBits }) => bits(valueBits.after)],
  ["gap bits", ({ gapBits }) => bits(gapBits.before)],
  ["coded", ({ gapBits }) => bits(gapBits.after)],
  ["bytes", (row) => grouped(rowBytes(row))],
  ["of dense", (row) => percent(rowBytes(row), (row.weights * denseBits(row)) / 8)],
];

/** Known where a file is made: the relative squared error of the weights. */
const ERROR_COLUMN: (typeof COLUMNS)[number] = [
  "error",
  ({ error = 0 }) => (error === 0 ? "-" : `${(100 * error).toPrecision(3)} %`),
];

/** A ledger as text in the paper's columns (Deep Compression, tables 2 and 3), and what the other bytes are. */
export function ledgerText(ledger: Ledger): string {
  const { rows, fileBytes, headerBytes, metadataBytes, graphBytes } = ledger;
  const columns = rows.some(({ error }) => error !== undefined) ? [...COLUMNS, ERROR_COLUMN] : COLUMNS;
  const weights = sum(rows, (row) => row.weights);
  const kept = sum(rows, (row) => row.kept);
  const dense = denseBytes(ledger);
  const total: Readonly<Record<string, string>> = {
    tensor: "whole file",
    weights: grouped(weights),
    kept: percent(kept, weights),
    bytes: grouped(fileBytes),
    "of dense": percent(fileBytes, dense),
  };
  const parts = Object.entries({ ...ledgerTotals(rows), metadata: metadataBytes, graph: graphBytes })
    .map(([name, bytes]) => [name, name === "header" ? bytes + headerBytes : bytes] as const)
    .filter(([, bytes]) => bytes !== 0)
    .map(([name, bytes]) => `${PART_NAMES[name] ?? name} ${grouped(Math.abs(bytes))}`);
  const own = rows.filter(({ form }) => form !== "envelope");
  const ratio = fileBytes < dense ? ` (${(dense / fileBytes).toFixed(1)}x smaller)` : "";
  const others = rows.length - own.length;
  const inEnvelope = others === 0 ? "" : `; ${grouped(others)} small tensors stand in the envelope`;
  return [
    textTable(
      columns.map(([head]) => head),
      [...own.map((row) => columns.map(([, cell]) => cell(row))), columns.map(([head]) => total[head] ?? "")],
    ),
    `${grouped(fileBytes)} bytes of ${grouped(dense)} dense${ratio}: ${parts.join(", ")}${inEnvelope}\n`,
  ].join("");
}

const PART_NAMES: Readonly<Record<string, string>> = {
  codeTables: "code tables",
  graph: "graph or envelope",
  deflate: "deflate saved", // the one part that is below 0
};

function formText({ form, isWrapped, isNarrowed, isScaled }: LedgerRow): string {
  const scaled = isScaled ? ["scaled"] : [];
  const narrowed = isNarrowed ? ["narrowed"] : [];
  const wrapped = isWrapped ? [form === "deflated" ? "twice" : "deflated"] : [];
  return [form, ...scaled, ...narrowed, ...wrapped].join(", ");
}

/** What the tensors would take as plain arrays of their types. */
export function denseBytes({ rows }: Ledger): number {
  return sum(rows, (row) => Math.ceil((row.weights * denseBits(row)) / 8));
}

function denseBits({ type }: LedgerRow): number {
  return ELEMENT_TYPES[type].bits;
}

function rowBytes({ bytes }: LedgerRow): number {
  return Object.values(bytes).reduce((total, part) => total + part, 0);
}

function sum(rows: readonly LedgerRow[], part: (row: LedgerRow) => number): number {
  return rows.reduce((total, row) => total + part(row), 0);
}
