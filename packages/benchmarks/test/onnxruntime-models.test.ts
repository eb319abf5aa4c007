// Real models from `.dcz` files in our sessions, against onnxruntime on the files that are restored from them.
import { bytesSource } from "@deep-compression/bits";
import { prepare } from "@deep-compression/inference";
import { openModel } from "@deep-compression/model-io";
import { compressModel, defaultPlan, open } from "@deep-compression/pipeline";
import { describe, expect, test } from "vitest";
import { isModelInstalled } from "../src/model-folder";
import { modelInputs } from "../src/model-inputs";
import { firstItem, largestDifference, outputBound } from "../src/model-items";
import { REAL_MODELS, type RealModel } from "../src/models";
import { arraysOf, openModelOnOneThread } from "../src/onnxruntime-thread";
import { isInstalled } from "../src/peers";
import { modelFiles } from "../src/real-model-figures";

const models = REAL_MODELS.filter(({ format }) => format === "onnx");

/** The file of a model, stored and opened again. */
async function reopened(model: RealModel, options: { readonly lossless: boolean }) {
  const [main] = await modelFiles(model);
  const source = bytesSource(main.bytes);
  const opened = await openModel(source, { name: main.name, folder: async () => undefined });
  const { bytes } = await compressModel(opened, defaultPlan(opened.network, options));
  return open(bytesSource(bytes));
}

describe.each(models)("$name", (model) => {
  const runs = isModelInstalled(model) && isInstalled("onnxruntime-node");
  const note = runs ? "" : " (skipped: npm run bench:models and bench:peers install what it needs)";
  const bound = outputBound(model.name);

  test.skipIf(!runs).each([
    ["kept without loss", true],
    ["compressed by the defaults", false],
  ] as const)(`%s, gives every output of the restored file to ${bound} of its scale${note}`, async (_, lossless) => {
    const file = await reopened(model, { lossless });
    const inputs = firstItem(modelInputs(model.name));
    const session = prepare({ graph: file.graph! }, await file.weights());
    const ours = session.run(arraysOf(inputs));
    const runtime = await openModelOnOneThread("onnxruntime-node", await file.files[0].source.slice(0));
    runtime.feed(inputs);
    const theirs = await runtime.run();
    await runtime.close();
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const [name, { shape }] of Object.entries(ours))
      expect([name, ...shape]).toEqual([name, ...theirs[name].dims]);
    expect(largestDifference(ours, theirs)).toBeLessThanOrEqual(bound);
  });
});
