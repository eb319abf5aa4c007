import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "./child-process";
import { type Case, type CaseContext, median, type Row, toRow } from "./harness";
import { isModelInstalled, mainFile } from "./model-folder";
import { REAL_MODELS, type RealModel } from "./models";

/** Of 101,000 weights, most of them in small tensors. */
const MODEL = "BlazeFace front";
const MOST_SECONDS = 4;

/** An eighth of the file, and a quarter: the search goes on for longer where more is wanted. */
const TARGETS = [55_000, 110_000] as const;

async function measure(model: RealModel, folder: string, { rounds }: CaseContext): Promise<Row[]> {
  const stored = join(folder, "model.dcz");
  const rows: Row[] = [];
  for (const target of TARGETS) {
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const args = ["compress", mainFile(model), "-o", stored, "--target-size", String(target)];
      seconds.push((await runCommand(args, { folder })).seconds);
      const { size } = await stat(stored);
      if (size > target) throw new Error(`${size} bytes, expected at most ${target}`);
    }
    rows.push(
      toRow({
        name: `${MODEL}, compress to ${target} bytes`,
        unit: "s",
        ours: median(seconds),
        peer: "the bar",
        theirs: MOST_SECONDS,
        bar: 1,
      }),
    );
  }
  return rows;
}

/** A model of many small weights to a target size, which tries each of them in several ways. Needs the built packages. */
export const TARGET_CASE: Case = {
  name: "target size",
  async run(context) {
    const model = REAL_MODELS.find(({ name }) => name === MODEL);
    if (model === undefined || !isModelInstalled(model)) {
      context.progress(`left out: "${MODEL}" is missing; run "npm run bench:models" first`);
      return [];
    }
    const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
    try {
      return await measure(model, folder, context);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
