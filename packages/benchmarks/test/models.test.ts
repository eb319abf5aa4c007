import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { losslessFigures } from "../src/lossless-figures";
import { isModelInstalled } from "../src/model-folder";
import { modelInputs } from "../src/model-inputs";
import { REAL_MODELS, type RealModel } from "../src/models";
import { isInstalled } from "../src/peers";
import { modelFiles, realModelFigures } from "../src/real-model-figures";

const textOf = (path: string) => readFile(new URL(path, import.meta.url), "utf8");
const bytesOf = ({ files }: RealModel) => files.reduce((sum, { bytes }) => sum + bytes, 0);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const program = process.env.DEEP_COMPRESSION_TEST === "dist" ? "built" : "source";

const missing = " (skipped: not installed; npm run bench:models does it)";
/** Each takes seconds; all of them are measured by `npm run bench -- models`. */
const SMALL = 1_000_000;
const MIDDLE = 3_000_000;
const runnable = isInstalled("onnxruntime-node");

const folder = await mkdtemp(join(tmpdir(), "deep-compression-models-"));
afterAll(() => rm(folder, { recursive: true }));

describe("models.md", () => {
  it("has each model with the version that is pinned, and each file with its SHA-256", async () => {
    const document = await textOf("../models.md");
    const { dependencies } = JSON.parse(await textOf("../models/package.json"));
    for (const model of REAL_MODELS) {
      const { name, format, package: packageName, licence, does, input } = model;
      const size = bytesOf(model).toLocaleString("en-US");
      const version = `${packageName} ${dependencies[packageName]}`;
      expect(document).toContain(`| ${[name, format, version, licence, size, does, input].join(" | ")} |`);
      for (const file of model.files)
        expect(document).toContain(`| ${[name, file.path, file.bytes, file.sha256].join(" | ")} |`);
    }
  });

  it("names each model once, and ten at least", () => {
    expect(new Set(REAL_MODELS.map(({ name }) => name)).size).toBe(REAL_MODELS.length);
    expect(REAL_MODELS.length).toBeGreaterThanOrEqual(10);
  });
});

describe.each(REAL_MODELS)("$name", (model) => {
  const installed = isModelInstalled(model);
  const note = installed ? "" : missing;
  const size = bytesOf(model);

  it.skipIf(!installed)(`is the file that models.md names${note}`, async () => {
    const files = await modelFiles(model);
    const sums = files.map(({ bytes }) => sha256(bytes));
    expect(sums).toEqual(model.files.map((file) => file.sha256));
  });

  it.skipIf(!installed || model.format !== "onnx" || size >= SMALL)(
    `has real input that is the same each time${note}`,
    () => {
      const sums = () => Object.entries(modelInputs(model.name)).map(([input, { bytes }]) => [input, sha256(bytes)]);
      const first = sums();
      expect(first.length).toBeGreaterThan(0);
      expect(sums()).toEqual(first);
    },
  );

  it.skipIf(!installed || size >= MIDDLE)(`comes back bit for bit, in no more bytes than gzip${note}`, async () => {
    const { isSame, losslessBytes, losslessGzipBytes, gzipBytes } = await losslessFigures(await modelFiles(model));
    expect(isSame).toBe(true);
    expect(losslessBytes).toBeLessThanOrEqual(gzipBytes);
    expect(losslessGzipBytes).toBeGreaterThanOrEqual(0.97 * losslessBytes);
  });

  it.skipIf(!installed || !runnable || size >= SMALL)(`works after compress as it did before${note}`, async () => {
    const figures = await realModelFigures(model, { folder: join(folder, model.name), program });
    expect(figures.defaultBytes).toBeLessThanOrEqual(figures.losslessBytes);
    expect(figures.defaultGzipBytes).toBeGreaterThanOrEqual(0.97 * figures.defaultBytes);
    if (model.format === "onnx") expect(figures.outputErrorPercent).toBeLessThanOrEqual(5);
  });
});
