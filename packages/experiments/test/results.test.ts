import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparisonTable, type ReproduceResult, runRecipe } from "@deep-compression/experiments";
import { compress } from "@deep-compression/pipeline";
import { beforeAll, describe, expect, it } from "vitest";
import { addRecord, readRecords } from "../src/records";
import { resultsDocument } from "../src/results";
import { smallData, smallRecipe } from "./small";

let result: ReproduceResult;

beforeAll(async () => {
  const { compressed } = await runRecipe(smallRecipe, smallData, { seed: 1, threads: 1, onProgress: () => {} });
  const { ledger } = compress(compressed, { default: { share: "exact" } });
  result = {
    network: "lenet-300-100",
    scheme: "ours",
    parameters: 266610,
    denseBytes: 1066440,
    fileBytes: ledger.fileBytes,
    ratio: 1066440 / ledger.fileBytes,
    denseErrorPercent: 1.5,
    errorPercent: 1.6,
    validationErrorPercent: 1.4,
    seed: 1,
    threads: 2,
    seconds: 100,
    ledger,
  };
});

describe("the comparison with the paper", () => {
  it("has a row a layer whose bytes, with the header and graph, are the file", () => {
    const { head, rows } = comparisonTable("lenet-300-100", result.ledger);
    expect(rows.map(([layer]) => layer)).toEqual(["ip1", "ip2", "ip3", "file"]);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
    const bytes = rows.map((row) => Number(row[row.length - 1]));
    const { headerBytes, metadataBytes, graphBytes, fileBytes } = result.ledger;
    expect(bytes[0] + bytes[1] + bytes[2] + headerBytes + metadataBytes + graphBytes).toBe(fileBytes);
    expect(bytes[3]).toBe(fileBytes);
  });
});

describe("the results document", () => {
  const document = (changes: Partial<ReproduceResult>) => {
    const content = { ...result, ratio: 70, ...changes };
    const runs = [{ machine: "m", date: "2026-01-01", content }];
    return resultsDocument({ runs, fullSize: [], realModels: [], benchmarks: [] });
  };

  it("says reached where all bars hold, a difference of exactly 0.10 points included", () => {
    expect(document({ denseErrorPercent: 1.5, errorPercent: 1.6 })).toContain("| reached |");
    expect(document({ ratio: 101 })).toContain("| reached, and the goal |");
  });

  it("lists what a seed misses", () => {
    expect(document({ ratio: 59.9 })).toContain("| missed: ratio |");
    expect(document({ errorPercent: 1.65, denseErrorPercent: 1.6 })).toContain("| missed: error |");
    expect(document({ denseErrorPercent: 1.66, errorPercent: 1.6 })).toContain("| missed: dense error |");
    expect(document({ denseErrorPercent: 1.4, errorPercent: 1.51 })).toContain("| missed: loss |");
  });

  it("is made from records that were added from files", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
    const inbox = await mkdtemp(join(tmpdir(), "deep-compression-"));
    await writeFile(join(inbox, "run.json"), JSON.stringify(result));
    const row = { name: "epoch", unit: "s", ours: 1, peer: "p", theirs: 9, ratio: 9, bar: 8, goal: 12, pass: true };
    await writeFile(join(inbox, "training.json"), JSON.stringify([row]));
    await writeFile(join(inbox, "wrong.json"), "{}");
    expect(await addRecord(folder, join(inbox, "run.json"))).toBe("lenet-300-100-ours-seed-1.json");
    await addRecord(folder, join(inbox, "training.json"));
    await expect(addRecord(folder, join(inbox, "wrong.json"))).rejects.toThrow("expected what");
    await writeFile(join(inbox, "rows.json"), JSON.stringify([row]));
    await expect(addRecord(folder, join(inbox, "rows.json"))).rejects.toThrow("named after their suite");
    const text = resultsDocument(await readRecords(folder));
    expect(text).toContain("| epoch | s | 1 | p | 9 | 9.00x | 8x | 12x | yes |");
    expect(text).toContain(`| file |`);
  });

  it("gives sizes as excess in percent, and a full-size network beside the paper's scheme on its weights", () => {
    const row = { name: "size", unit: "excess of bytes", ours: 90, peer: "p", theirs: 100, ratio: -0.1 };
    const weight = { ...result.ledger.rows[0]!, tensor: "fc8.weight" };
    const layers = [...Array(5).keys()].map((i) => `conv${i + 1}`).concat("fc6", "fc7", "fc8");
    const ledger = { ...result.ledger, rows: layers.map((layer) => ({ ...weight, tensor: `${layer}.weight` })) };
    const paperScheme = layers.map((layer) => ({ layer, bytes: 2 * 10 ** 6, ratePercent: 5 }));
    const seconds = {
      compressSeconds: 3,
      decodeSeconds: 0.3,
      firstDecodeSeconds: 0.5,
      peakBytes: 1e9,
      withoutClassesBytes: 7,
    };
    const content = { fullSize: "alexnet" as const, ledger, paperScheme, ...seconds };
    const stamp = { machine: "m", date: "2026-01-01" };
    const text = resultsDocument({
      runs: [],
      realModels: [],
      fullSize: [{ ...stamp, content }],
      benchmarks: [{ ...stamp, suite: "full-size", content: [{ ...row, bar: -0.05, goal: -0.12, pass: true }] }],
    });
    expect(text).toContain("| size | excess of bytes | 90 | p | 100 | -10 % | -5 % | -12 % | yes |");
    expect(text).toContain("| file | 2.88 % |  | 16000000 |");
    expect(text).toContain("synthetic");
  });

  it("gives each real model a line, says what no runtime runs, and which could not be measured", async () => {
    const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
    const model = {
      name: "VAD",
      format: "onnx",
      originalBytes: 1000,
      gzipBytes: 900,
      losslessBytes: 800,
      losslessGzipBytes: 801,
      isSame: true,
      defaultBytes: 200,
      defaultGzipBytes: 199,
      compressSeconds: 1.25,
      outputErrorPercent: 0.4567,
      top1Percent: 100,
    };
    const { outputErrorPercent, top1Percent, ...unrun } = { ...model, name: "pitch", isSame: false };
    const failures = [{ name: "OCR", reason: "a graph that we cannot hold" }];
    await writeFile(join(folder, "in.json"), JSON.stringify({ realModels: [model, unrun], failures }));
    expect(await addRecord(folder, join(folder, "in.json"))).toBe("real-models.json");
    await rm(join(folder, "in.json"));
    const row = {
      name: "n",
      unit: "files",
      ours: 2,
      peer: "p",
      theirs: 3,
      ratio: 0.67,
      bar: 1,
      goal: null,
      pass: false,
    };
    await writeFile(join(folder, "benchmark-models.json"), JSON.stringify({ machine: "m", date: "d", content: [row] }));
    const text = resultsDocument(await readRecords(folder));
    expect(text).toContain("| VAD | 1000 | 900 | 800 | yes | 200 | 20.0 % | 0.457 % | 100 % | 1.3 |");
    expect(text).toContain("| pitch | 1000 | 900 | 800 | NO | 200 | 20.0 % |  |  | 1.3 |");
    expect(text).toContain("OCR: a graph that we cannot hold");
  });
});
