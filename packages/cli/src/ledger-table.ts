import { type Ledger, type LedgerRow, ledgerTotals } from "@deep-compression/pipeline";
import { bits, grouped, percent } from "./number-text";
import { printable } from "./terminal";
import { textTable } from "./text-table";

const HEAD = [
  "tensor",
  "shape",
  "weights",
  "kept",
  "form",
  "value bits",
  "coded",
  "gap bits",
  "coded",
  "bytes",
  "of dense",
];

/** Known where a file is made: the relative squared error of the weights. */
const ERROR_HEAD = "error";

/** A ledger as text in the paper's columns (Deep Compression, tables 2 and 3), and what the other bytes are. */
export function ledgerText(ledger: Ledger): string {
  const { rows, fileBytes, headerBytes, metadataBytes, graphBytes } = ledger;
  const weights = sum(rows, (row) => row.weights);
  const dense = denseBytes(ledger);
  const total = [
    "whole file",
    "",
    grouped(weights),
    percent(
      sum(rows, (row) => row.kept),
      weights,
    ),
    ...["", "", "", "", ""],
    grouped(fileBytes),
    percent(fileBytes, dense),
  ];
  const parts = Object.entries({ ...ledgerTotals(rows), metadata: metadataBytes, graph: graphBytes })
    .map(([name, bytes]) => [name, name === "header" ? bytes + headerBytes : bytes] as const)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${PART_NAMES[name] ?? name} ${grouped(bytes)}`);
  const reasons = rows.flatMap(({ tensor, reason }) =>
    reason === undefined ? [] : [`${printable(`${tensor}: ${reason}`)}\n`],
  );
  const ratio = fileBytes === 0 ? "" : ` (${(dense / fileBytes).toFixed(1)}x smaller)`;
  return [
    rows.some(({ error }) => error !== undefined)
      ? textTable([...HEAD, ERROR_HEAD], [...rows.map((row) => [...tableRow(row), errorText(row)]), [...total, ""]])
      : textTable(HEAD, [...rows.map(tableRow), total]),
    `${grouped(fileBytes)} bytes of ${grouped(dense)} dense${ratio}: ${parts.join(", ")}\n`,
    ...reasons,
  ].join("");
}

const PART_NAMES: Readonly<Record<string, string>> = { codeTables: "code tables" };

/** What the tensors would take as plain arrays of their types. */
export function denseBytes({ rows }: Ledger): number {
  return sum(rows, (row) => Math.ceil((row.weights * denseBits(row)) / 8));
}

/** A raw row's value bits are its type's; codes stand for float32. */
function denseBits({ form, valueBits }: LedgerRow): number {
  return form === "raw" ? valueBits.before : 32;
}

function tableRow(row: LedgerRow): readonly string[] {
  const bytes = Object.values(row.bytes).reduce((total, part) => total + part, 0);
  return [
    printable(row.tensor),
    row.shape.join("x") || "scalar",
    grouped(row.weights),
    percent(row.kept, row.weights),
    row.form,
    bits(row.valueBits.before),
    bits(row.valueBits.after),
    bits(row.gapBits.before),
    bits(row.gapBits.after),
    grouped(bytes),
    percent(bytes, (row.weights * denseBits(row)) / 8),
  ];
}

function errorText({ error = 0 }: LedgerRow): string {
  return error === 0 ? "-" : `${(100 * error).toPrecision(3)} %`;
}

function sum(rows: readonly LedgerRow[], part: (row: LedgerRow) => number): number {
  return rows.reduce((total, row) => total + part(row), 0);
}
