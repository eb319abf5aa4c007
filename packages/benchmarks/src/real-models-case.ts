import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RealModelResult, RealModelsResult } from "@deep-compression/experiments";
import { type Case, type CaseContext, type Row, toCountRow, toOverheadRow, toRow } from "./harness";
import { isModelInstalled } from "./model-folder";
import { REAL_MODELS } from "./models";
import { realModelFigures } from "./real-model-figures";

/** Where the figures of each model go, for `npm run results`. */
const OUTPUT = "out";

async function measureAll(progress: CaseContext["progress"]): Promise<RealModelsResult> {
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
  const realModels: RealModelResult[] = [];
  const failures: { name: string; reason: string }[] = [];
  try {
    for (const [i, model] of REAL_MODELS.entries()) {
      try {
        const figures = await realModelFigures(model, { folder: join(folder, String(i)) });
        progress(`${model.name}: ${describe(figures)}`);
        realModels.push(figures);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        progress(`${model.name} failed: ${reason}`);
        failures.push({ name: model.name, reason });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return { realModels, failures };
}

function describe({ originalBytes, losslessBytes, isSame, defaultBytes, outputErrorPercent }: RealModelResult): string {
  const error = outputErrorPercent === undefined ? "" : `, output error ${outputErrorPercent.toPrecision(3)} %`;
  const same = isSame ? "equal" : "NOT EQUAL";
  return `${originalBytes} bytes, lossless ${losslessBytes} (${same}), defaults ${defaultBytes}${error}`;
}

/** The item with the largest figure. */
function worstOf(models: readonly RealModelResult[], figure: (model: RealModelResult) => number): RealModelResult {
  const [worst] = models.toSorted((a, b) => figure(b) - figure(a));
  if (worst) return worst;
  throw new Error("no model was measured");
}

const BAR_OF_ERROR = 5;
const BAR_OF_BYTES = 25;

function rowsOf({ realModels: models }: RealModelsResult): Row[] {
  const run = models.filter(({ outputErrorPercent }) => outputErrorPercent !== undefined);
  const packed = [
    { how: "lossless", stored: "losslessBytes", again: "losslessGzipBytes" },
    { how: "defaults", stored: "defaultBytes", again: "defaultGzipBytes" },
  ] as const;
  const mean = 100 * Math.exp(average(models.map((model) => Math.log(model.defaultBytes / model.originalBytes))));
  const error = worstOf(run, ({ outputErrorPercent = 0 }) => outputErrorPercent);
  const runnable = REAL_MODELS.filter(({ format }) => format === "onnx").length;
  const beside = worstOf(models, ({ losslessBytes, gzipBytes }) => losslessBytes / gzipBytes);
  return [
    toCountRow({
      name: "real models, lossless round trip, SHA-256 of every file equal",
      unit: "models",
      ours: models.filter(({ isSame }) => isSame).length,
      peer: "all of them",
      theirs: REAL_MODELS.length,
    }),
    toCountRow({
      name: "real models, defaults, in onnxruntime",
      unit: "models",
      ours: run.length,
      peer: "all ONNX models",
      theirs: runnable,
    }),
    toRow({
      name: `real models, defaults, output error, the worst model: ${error.name}`,
      unit: "% of the output",
      ours: error.outputErrorPercent!,
      peer: "the bar",
      theirs: BAR_OF_ERROR,
      bar: 1,
      goal: BAR_OF_ERROR / 1,
    }),
    toRow({
      name: "real models, defaults, bytes, geometric mean",
      unit: "% of the original",
      ours: mean,
      peer: "the bar",
      theirs: BAR_OF_BYTES,
      bar: 1,
      goal: Number((BAR_OF_BYTES / 17).toPrecision(3)),
    }),
    ...packed.map(({ how, stored, again }) => {
      const worst = worstOf(models, (model) => model[stored] / model[again]);
      return toOverheadRow({
        name: `real models, ${how}, the .dcz file that gzip takes most off: ${worst.name}`,
        counted: "bytes",
        ours: worst[stored],
        peer: "the same .dcz file, gzip -9",
        theirs: worst[again],
        bar: 0.03,
        goal: 0.01,
      });
    }),
    toOverheadRow({
      name: `real models, lossless, the worst model: ${beside.name}`,
      counted: "bytes",
      ours: beside.losslessBytes,
      peer: "gzip -9 of the original",
      theirs: beside.gzipBytes,
      bar: 0,
      goal: -0.1,
    }),
  ];
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The models of models.md: bytes without loss and at the defaults, and what the defaults do to their outputs. */
export const REAL_MODELS_CASE: Case = {
  name: "real models",
  async run({ progress }) {
    const missing = REAL_MODELS.filter((model) => !isModelInstalled(model));
    if (missing.length > 0) throw new Error(`"${missing[0]!.name}" is missing: run "npm run bench:models" first`);
    const result = await measureAll(progress);
    await mkdir(OUTPUT, { recursive: true });
    await writeFile(join(OUTPUT, "real-models.json"), JSON.stringify(result));
    return rowsOf(result);
  },
};
