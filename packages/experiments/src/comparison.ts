import type { Ledger, LedgerRow } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { PAPER, type PaperLayer, type PaperNetworkName } from "./paper";

/** A table as text: a head and rows of as many cells. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A table in Markdown. */
export function markdown({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A table of one row an item, its columns by their heads. */
export function tableOf<T>(items: readonly T[], columns: Readonly<Record<string, (item: T) => string>>): TextTable {
  const cells = Object.values(columns);
  return { head: Object.keys(columns), rows: items.map((item) => cells.map((cell) => cell(item))) };
}

/** Bytes of some rows of a ledger. */
export function bytesOf(rows: readonly LedgerRow[]): number {
  return rows.flatMap(({ bytes }) => Object.values(bytes)).reduce((sum, count) => sum + count, 0);
}

/** With its sign, that of 0 too. */
export function signed(points: number): string {
  return `${points >= 0 ? "+" : ""}${points.toFixed(2)}`;
}

function bits(pair: readonly [number, number]): string {
  return `${Number(pair[0].toFixed(1))} > ${pair[1].toFixed(1)}`;
}

function paperCells({ keptPercent, valueBits, gapBits, ratePercent }: Omit<PaperLayer, "layer">): string[] {
  return [`${keptPercent} %`, bits(valueBits), bits(gapBits), `${ratePercent} %`];
}

function interleave(theirs: readonly string[], ours: readonly string[]): string[] {
  return theirs.flatMap((cell, index) => [cell, ours[index]!]);
}

function layerRow(ledger: Ledger, theirs: PaperLayer): string[] {
  const own = ledger.rows.filter(({ tensor }) => tensor.startsWith(`${theirs.layer}.`));
  const weight = own.find(({ tensor }) => tensor.endsWith(".weight"));
  if (!weight) throw new RangeError(`ledger: expected a row ${quoted(`${theirs.layer}.weight`)}`);
  const weights = own.reduce((sum, row) => sum + row.weights, 0);
  const bytes = bytesOf(own);
  const ours = [
    `${((100 * weight.kept) / weight.weights).toFixed(1)} %`,
    bits([weight.valueBits.before, weight.valueBits.after]),
    bits([weight.gapBits.before, weight.gapBits.after]),
    `${((100 * bytes) / (4 * weights)).toFixed(2)} %`,
  ];
  return [theirs.layer, String(weight.weights), ...interleave(paperCells(theirs), ours), String(bytes)];
}

/**
 * The paper's table of a network beside a ledger, layer by layer. Ours counts a layer's bias, its codebook, its code
 * tables and its part of the directory; the total is the whole file. The paper's counts weights alone.
 */
export function comparisonTable(network: PaperNetworkName, ledger: Ledger): TextTable {
  const { layers, total } = PAPER[network];
  const weights = ledger.rows.reduce((sum, row) => sum + row.weights, 0);
  const kept = ledger.rows.reduce((sum, row) => sum + row.kept, 0);
  const ours = [
    `${((100 * kept) / weights).toFixed(1)} %`,
    "",
    "",
    `${((100 * ledger.fileBytes) / (4 * weights)).toFixed(2)} %`,
  ];
  const columns = ["kept", "value bits", "gap bits", "rate"];
  return {
    head: ["layer", "weights", ...columns.flatMap((column) => [`${column}, paper`, "ours"]), "bytes, ours"],
    rows: [
      ...layers.map((theirs) => layerRow(ledger, theirs)),
      ["file", String(weights), ...interleave(paperCells(total), ours), String(ledger.fileBytes)],
    ],
  };
}
