import { benchmarkSections } from "./benchmark-results";
import { bytesOf, comparisonTable, markdown, signed, type TextTable, tableOf } from "./comparison";
import { PAPER } from "./paper";
import type { NetworkName } from "./recipe";
import type { Record, Records } from "./records";
import type { ReproduceResult } from "./reproduce";

/** What each of three seeds must reach, and the ratio hoped for; `loss`: points that compression may cost. */
const BARS = {
  "lenet-300-100": { ratio: 60, errorPercent: 1.64, denseErrorPercent: 1.65, loss: 0.1, goalRatio: 100 },
  "lenet-5": { ratio: 100, errorPercent: 0.8, denseErrorPercent: 0.8, loss: 0.1, goalRatio: 200 },
} satisfies { [name in NetworkName]: object };

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
  const results = runs.map(({ content }) => content);
  return tableOf(results, {
    seed: ({ seed }) => String(seed),
    "file, bytes": ({ fileBytes }) => String(fileBytes),
    ratio: ({ ratio }) => `${ratio.toFixed(1)}x`,
    "dense error": ({ denseErrorPercent }) => `${denseErrorPercent.toFixed(2)} %`,
    "error of the file": ({ errorPercent }) => `${errorPercent.toFixed(2)} %`,
    difference: (result) => signed(pointsOver(result)),
    "validation error": ({ validationErrorPercent }) => `${validationErrorPercent.toFixed(2)} %`,
    seconds: ({ seconds }) => seconds.toFixed(0),
    bars: (result) => (result.scheme === "ours" ? verdict(result) : "for comparison"),
  });
}

function ledgerTable({ ledger }: ReproduceResult): TextTable {
  const { headerBytes, metadataBytes, graphBytes, fileBytes } = ledger;
  const { head, rows } = tableOf(ledger.rows, {
    tensor: ({ tensor }) => tensor,
    weights: ({ weights }) => String(weights),
    kept: ({ kept }) => String(kept),
    form: ({ form }) => form,
    header: ({ bytes }) => String(bytes.header),
    codebook: ({ bytes }) => String(bytes.codebook),
    "code tables": ({ bytes }) => String(bytes.codeTables),
    values: ({ bytes }) => String(bytes.values),
    positions: ({ bytes }) => String(bytes.gaps),
    fillers: ({ bytes }) => String(bytes.fillers),
    raw: ({ bytes }) => String(bytes.raw),
    bytes: (row) => String(bytesOf([row])),
  });
  const blank = (count: number) => Array<string>(count).fill("");
  const own = String(headerBytes + metadataBytes + graphBytes);
  const last = [
    ["header and graph", ...blank(3), own, ...blank(6), own],
    ["file", ...blank(10), String(fileBytes)],
  ];
  return { head, rows: [...rows, ...last] };
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
      `The paper's table beside ours, seed ${first.content.seed}: bits before > after Huffman coding; rate in percent of 32-bit dense weights. Where a layer is coded by context, positions have no bits of their own: they count as bits of values.`,
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
export function resultsDocument({ runs, ...measured }: Records): string {
  const records = [...runs, ...Object.values(measured).flat()];
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
    ...benchmarkSections(measured),
  ];
  return `${sections.join("\n\n")}\n`;
}
