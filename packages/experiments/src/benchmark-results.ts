import { BENCHMARK_SUITES } from "./benchmark-suites";
import { bytesOf, comparisonTable, markdown, type TextTable, tableOf } from "./comparison";
import { PAPER } from "./paper";
import type { BenchmarkRow, FullSizeResult, RealModelResult, RealModelsResult, Records } from "./records";

function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A ratio or a bar; for rows of sizes and distortions an excess in percent. */
function measured(unit: string, value: number | null, digits?: number): string {
  if (value === null) return "";
  if (!unit.startsWith("excess of ")) return `${digits === undefined ? significant(value) : value.toFixed(digits)}x`;
  return `${Number(Math.abs(value) < 1e-4 ? (100 * value).toPrecision(2) : (100 * value).toFixed(2))} %`;
}

function benchmarkTable(rows: readonly BenchmarkRow[]): TextTable {
  return tableOf(rows, {
    figure: ({ name }) => name,
    unit: ({ unit }) => unit,
    ours: ({ ours }) => significant(ours),
    peer: ({ peer }) => peer,
    theirs: ({ theirs }) => significant(theirs),
    ratio: ({ unit, ratio }) => measured(unit, ratio, 2),
    bar: ({ unit, bar }) => measured(unit, bar),
    goal: ({ unit, goal }) => measured(unit, goal),
    reached: ({ pass }) => (pass === null ? "no bar" : pass ? "yes" : "missed"),
  });
}

function schemeTable({ fullSize, ledger, paperScheme }: FullSizeResult): TextTable {
  const { layers, total } = PAPER[fullSize];
  const line = (name: string, rates: readonly [string, string], theirs: number, ours: number) => {
    const smaller = `${(100 * (1 - ours / theirs)).toFixed(1)} %`;
    return [name, ...rates, String(theirs), String(ours), smaller];
  };
  const rows = paperScheme.map(({ layer, bytes, ratePercent }) => {
    const printed = layers.find((theirs) => theirs.layer === layer)?.ratePercent;
    const ours = ledger.rows.filter(({ tensor }) => tensor === `${layer}.weight`);
    return line(layer, [`${printed} %`, `${ratePercent.toFixed(2)} %`], bytes, bytesOf(ours));
  });
  const sum = paperScheme.reduce((bytes, layer) => bytes + layer.bytes, 0);
  return {
    head: ["layer", "the paper's rate", "its scheme on these weights", "bytes", "ours, bytes", "smaller by"],
    rows: [...rows, line("file", [`${total.ratePercent} %`, ""], sum, ledger.fileBytes)],
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

/** A figure in percent, nothing where it was not measured. */
function percent(value: number | undefined): string {
  return value === undefined ? "" : `${significant(value)} %`;
}

function realModelsTable(models: readonly RealModelResult[]): TextTable {
  return tableOf(models, {
    model: ({ name }) => name,
    bytes: ({ originalBytes }) => String(originalBytes),
    "gzip -9": ({ gzipBytes }) => String(gzipBytes),
    lossless: ({ losslessBytes }) => String(losslessBytes),
    "SHA-256 equal": ({ isSame }) => (isSame ? "yes" : "NO"),
    defaults: ({ defaultBytes }) => String(defaultBytes),
    "of the original": ({ defaultBytes, originalBytes }) => `${((100 * defaultBytes) / originalBytes).toFixed(1)} %`,
    "output error": ({ outputErrorPercent }) => percent(outputErrorPercent),
    "top-1 the same": ({ top1Percent }) => percent(top1Percent),
    seconds: ({ compressSeconds }) => compressSeconds.toFixed(1),
  });
}

function realModelsSections({ realModels, failures }: RealModelsResult): string[] {
  const listed = failures.map(({ name, reason }) => `- ${name}: ${reason}`);
  const problems = listed.length === 0 ? [] : [`Not measured:\n\n${listed.join("\n")}`];
  return [
    "Each model. The output error is empty where onnxruntime does not run the format, top-1 where no output holds scores.",
    markdown(realModelsTable(realModels)),
    ...problems,
  ];
}

/** The sections of all benchmarks that are recorded. */
export function benchmarkSections({ benchmarks, fullSize, realModels }: Omit<Records, "runs">): string[] {
  return BENCHMARK_SUITES.flatMap(({ suite, title, text }) => {
    const rows = benchmarks.filter((record) => record.suite === suite).flatMap(({ content }) => content);
    if (rows.length === 0) return [];
    const networks = suite === "full-size" ? fullSize.map(({ content }) => fullSizeSection(content)) : [];
    const models = suite === "models" ? realModels.flatMap(({ content }) => realModelsSections(content)) : [];
    return [`## ${title}`, text, markdown(benchmarkTable(rows)), ...networks, ...models];
  });
}
