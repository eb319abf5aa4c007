import { benchmarkSections } from "./benchmark-results";
import { comparisonTable, type TextTable } from "./comparison";
import { markdown } from "./markdown";
import { PAPER } from "./paper";
import type { NetworkName } from "./recipe";
import type { Record, Records } from "./records";
import type { ReproduceResult } from "./reproduce";

/** What each of three seeds must reach (must), and what is hoped for (goal). */
interface Bars {
  readonly ratio: number;
  readonly errorPercent: number;
  readonly denseErrorPercent: number;
  /** Points that compression may cost. */
  readonly loss: number;
  readonly goalRatio: number;
}

const BARS: Readonly<{ [name in NetworkName]: Bars }> = {
  "lenet-300-100": { ratio: 60, errorPercent: 1.64, denseErrorPercent: 1.65, loss: 0.1, goalRatio: 100 },
  "lenet-5": { ratio: 100, errorPercent: 0.8, denseErrorPercent: 0.8, loss: 0.1, goalRatio: 200 },
};

/** Errors are counts of 10,000 images, so two decimals are exact; the sum of floats is not. */
function pointsOver({ errorPercent, denseErrorPercent }: ReproduceResult): number {
  return Math.round((errorPercent - denseErrorPercent) * 100) / 100;
}

function verdict(result: ReproduceResult): string {
  const bar = BARS[result.network];
  const missed = [
    result.ratio < bar.ratio && "ratio",
    result.errorPercent > bar.errorPercent && "error",
    result.denseErrorPercent > bar.denseErrorPercent && "dense error",
    pointsOver(result) > bar.loss && "loss",
  ].filter(Boolean);
  if (missed.length > 0) return `missed: ${missed.join(", ")}`;
  return result.ratio >= bar.goalRatio ? "reached, and the goal" : "reached";
}

function seedTable(runs: readonly Record<ReproduceResult>[]): TextTable {
  return {
    head: [
      "seed",
      "file, bytes",
      "ratio",
      "dense error",
      "error of the file",
      "difference",
      "validation error",
      "seconds",
      "bars",
    ],
    rows: runs.map(({ content }) => [
      String(content.seed),
      String(content.fileBytes),
      `${content.ratio.toFixed(1)}x`,
      `${content.denseErrorPercent.toFixed(2)} %`,
      `${content.errorPercent.toFixed(2)} %`,
      `${pointsOver(content) >= 0 ? "+" : ""}${pointsOver(content).toFixed(2)}`,
      `${content.validationErrorPercent.toFixed(2)} %`,
      content.seconds.toFixed(0),
      content.scheme === "ours" ? verdict(content) : "for comparison",
    ]),
  };
}

function ledgerTable({ ledger }: ReproduceResult): TextTable {
  const parts = ["header", "codebook", "codeTables", "values", "gaps", "fillers", "raw"] as const;
  const rows = ledger.rows.map(({ tensor, weights, kept, form, bytes }) => {
    const sum = parts.reduce((total, part) => total + bytes[part], 0);
    return [tensor, String(weights), String(kept), form, ...parts.map((part) => String(bytes[part])), String(sum)];
  });
  const whole = [
    "header and graph",
    "",
    "",
    "",
    String(ledger.headerBytes + ledger.metadataBytes + ledger.graphBytes),
    ...parts.slice(1).map(() => ""),
  ];
  return {
    head: [
      "tensor",
      "weights",
      "kept",
      "form",
      "header",
      "codebook",
      "code tables",
      "values",
      "positions",
      "fillers",
      "raw",
      "bytes",
    ],
    rows: [
      ...rows,
      [...whole, String(ledger.headerBytes + ledger.metadataBytes + ledger.graphBytes)],
      ["file", ...whole.slice(1).map(() => ""), String(ledger.fileBytes)],
    ],
  };
}

function networkSection(network: NetworkName, runs: readonly Record<ReproduceResult>[]): string {
  const bar = BARS[network];
  const theirs = PAPER[network];
  const ours = runs.filter(({ content }) => content.scheme === "ours");
  const paperRuns = runs.filter(({ content }) => content.scheme === "paper");
  const [first] = ours;
  const parts = [
    `## ${network}`,
    `The paper: ${theirs.ratio}x at ${theirs.errorPercent} % (${theirs.denseErrorPercent} % dense), counting weights and codebooks only. ` +
      `To reach, by each seed: ${bar.ratio}x, error at most ${bar.errorPercent} % and at most ${bar.loss.toFixed(2)} points over the dense network of the run, ` +
      `which has at most ${bar.denseErrorPercent} %. Goal: ${bar.goalRatio}x.`,
    markdown(seedTable(ours)),
  ];
  if (first) {
    parts.push(
      `The paper's table beside ours, seed ${first.content.seed}: bits before > after Huffman coding; rate in percent of 32-bit dense weights.`,
      markdown(comparisonTable(network, first.content.ledger)),
      `Every byte of the file, seed ${first.content.seed}:`,
      markdown(ledgerTable(first.content)),
    );
  }
  if (paperRuns.length > 0) {
    parts.push(
      "### The paper's own scheme, trained by us",
      "Plain magnitude, three rounds of pruning and retraining, k-means from a linear initialisation, the paper's densities, " +
        "bits and 5-bit gaps; stored in our container, the whole file counted.",
      markdown(seedTable(paperRuns)),
    );
  }
  return parts.join("\n\n");
}

/** docs/results.md, from the records alone. */
export function resultsDocument({ runs, fullSize, benchmarks }: Records): string {
  const records = [...runs, ...fullSize, ...benchmarks];
  const machines = [...new Set(records.map(({ machine }) => machine))];
  const dates = [...new Set(records.map(({ date }) => date))].sort();
  const networks: readonly NetworkName[] = ["lenet-300-100", "lenet-5"];
  const sections = [
    "# Results",
    "Written by `npm run results` from the records in packages/experiments/results; not edited by hand.",
    `Measured on: ${machines.join("; ")} (${dates.join(", ")}).`,
    "MNIST, official split, pixels / 255, no augmentation: 55,000 images to train, 5,000 to choose schedules, thresholds and bits on, " +
      "10,000 test images read once, at the end of a run, through the reopened file. Ratio: 4 bytes x all parameters, biases included, over the whole file. " +
      "One standard error of a test error is about 0.12 points for LeNet-300-100 and 0.08 for LeNet-5. A seed that misses a bar is listed as missed.",
    ...networks.map((network) =>
      networkSection(
        network,
        runs.filter(({ content }) => content.network === network),
      ),
    ),
    ...benchmarkSections(benchmarks, fullSize),
  ];
  return `${sections.join("\n\n")}\n`;
}
