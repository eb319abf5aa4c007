import { BENCHMARK_SUITES } from "./benchmark-suites";
import { comparisonTable, type TextTable } from "./comparison";
import { markdown } from "./markdown";
import { PAPER } from "./paper";
import type { BenchmarkRow, FullSizeResult, Record, Records } from "./records";

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A row without a bar only informs. */
function verdictOf(pass: boolean | null): string {
  if (pass === null) return "no bar";
  return pass ? "yes" : "missed";
}

/** A ratio or a bar; for rows of sizes and distortions an excess in percent. */
function measured(unit: string, value: number | null, digits?: number): string {
  if (value === null) return "";
  if (!unit.startsWith("excess of ")) return `${digits === undefined ? significant(value) : value.toFixed(digits)}x`;
  return `${Number(Math.abs(value) < 1e-4 ? (100 * value).toPrecision(2) : (100 * value).toFixed(2))} %`;
}

function benchmarkTable(rows: readonly BenchmarkRow[]): TextTable {
  return {
    head: ["figure", "unit", "ours", "peer", "theirs", "ratio", "bar", "goal", "reached"],
    rows: rows.map(({ name, unit, ours, peer, theirs, ratio, bar, goal, pass }) => [
      name,
      unit,
      significant(ours),
      peer,
      significant(theirs),
      measured(unit, ratio, 2),
      measured(unit, bar),
      measured(unit, goal),
      verdictOf(pass),
    ]),
  };
}

function schemeTable({ fullSize, ledger, paperScheme }: FullSizeResult): TextTable {
  const bytesOf = (layer: string) =>
    ledger.rows
      .filter(({ tensor }) => tensor === `${layer}.weight`)
      .flatMap(({ bytes }) => Object.values(bytes))
      .reduce((sum, count) => sum + count, 0);
  const smaller = (ours: number, theirs: number) => `${(100 * (1 - ours / theirs)).toFixed(1)} %`;
  const total = paperScheme.reduce((sum, { bytes }) => sum + bytes, 0);
  const printed = new Map(PAPER[fullSize].layers.map(({ layer, ratePercent }) => [layer, ratePercent]));
  return {
    head: ["layer", "the paper's rate", "its scheme on these weights", "bytes", "ours, bytes", "smaller by"],
    rows: [
      ...paperScheme.map(({ layer, bytes, ratePercent }) => [
        layer,
        `${printed.get(layer)} %`,
        `${ratePercent.toFixed(2)} %`,
        String(bytes),
        String(bytesOf(layer)),
        smaller(bytesOf(layer), bytes),
      ]),
      [
        "file",
        `${PAPER[fullSize].total.ratePercent} %`,
        "",
        String(total),
        String(ledger.fileBytes),
        smaller(ledger.fileBytes, total),
      ],
    ],
  };
}

function fullSizeSection(result: FullSizeResult): string {
  const { fullSize, ledger, withoutClassesBytes, compressSeconds, decodeSeconds, firstDecodeSeconds, peakBytes } =
    result;
  return [
    `### ${fullSize}, synthetic weights`,
    `Compressed in ${compressSeconds.toFixed(1)} s at a peak of ${(peakBytes / 1e9).toFixed(2)} GB; decoded in ${decodeSeconds.toFixed(2)} s, the first time in ${firstDecodeSeconds.toFixed(2)} s. ` +
      `Without classes of lines the file would have ${withoutClassesBytes} bytes. The paper's columns; its figures are of the trained network:`,
    markdown(comparisonTable(fullSize, ledger)),
    "The paper's scheme on the same weights, at no less squared error in any layer:",
    markdown(schemeTable(result)),
  ].join("\n\n");
}

/** The sections of all benchmarks that are recorded. */
export function benchmarkSections(
  benchmarks: Records["benchmarks"],
  fullSize: readonly Record<FullSizeResult>[],
): string[] {
  return BENCHMARK_SUITES.flatMap(({ suite, title, text }) => {
    const rows = benchmarks.filter((record) => record.suite === suite).flatMap(({ content }) => content);
    if (rows.length === 0) return [];
    const networks = suite === "full-size" ? fullSize.map(({ content }) => fullSizeSection(content)) : [];
    return [`## ${title}`, text, markdown(benchmarkTable(rows)), ...networks];
  });
}
