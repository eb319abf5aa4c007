import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { type Records, readRecords } from "../src/records";
import { resultsDocument } from "../src/results";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const text = (path: string) => readFile(here(path), "utf8");
let records: Records;

beforeAll(async () => {
  records = await readRecords(here("../results"));
});

it("docs/results.md is what the records make", async () => {
  expect(await text("../../../docs/results.md")).toBe(resultsDocument(records));
});

it("the README's figures of MNIST are those of the records", async () => {
  const readme = await text("../../../README.md");
  for (const [network, title] of [["lenet-300-100", "LeNet-300-100"] as const, ["lenet-5", "LeNet-5"] as const]) {
    const runs = records.runs
      .map(({ content }) => content)
      .filter((run) => run.network === network && run.scheme === "ours")
      .sort((a, b) => a.seed - b.seed);
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    const ratios = runs.map(({ ratio }) => `${ratio.toFixed(1)}x`).join(", ");
    const errors = runs.map(({ errorPercent }) => `${errorPercent.toFixed(2)} %`).join(", ");
    const dense = runs.map(({ denseErrorPercent }) => denseErrorPercent.toFixed(2)).join(", ");
    const [line] = readme.split("\n").filter((row) => row.startsWith(`| ${title} |`));
    expect(line).toContain(` | ${ratios} at ${errors} (dense: ${dense} %) |`);
  }
});

it("the README's figures of full-size networks are those of the records", async () => {
  const readme = await text("../../../README.md");
  for (const [network, title] of [
    ["alexnet", "AlexNet, 61M weights"] as const,
    ["vgg-16", "VGG-16, 138M weights"] as const,
  ]) {
    const [found] = records.fullSize.map(({ content }) => content).filter(({ fullSize }) => fullSize === network);
    if (found === undefined) throw new Error(`no record of ${network}`);
    const { ledger, paperScheme, compressSeconds, decodeSeconds, peakBytes } = found;
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
    const scheme = paperScheme.reduce((sum, { bytes }) => sum + bytes, 0);
    const seconds = `${compressSeconds.toFixed(1)} | ${decodeSeconds.toFixed(1)}`;
    const sizes = `${megabytes(scheme)} | ${megabytes(ledger.fileBytes)}`;
    expect(readme).toContain(`| ${title} | ${sizes} | ${seconds} | ${(peakBytes / 1e9).toFixed(1)} GB |`);
  }
});
