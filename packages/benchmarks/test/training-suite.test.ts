import { lenet300100 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { isInstalled } from "../src/peers";
import { loadTensorFlow } from "../src/tfjs";
import { assertTfGradients } from "../src/tfjs-check";
import { assertSameTraining, mnistImages, ourSide, tensorFlowSide } from "../src/training-sides";
import { TRAINING_CASES } from "../src/training-suite";

// Nothing timed is asserted: one batch a run only shows that the cases work.
const context = { rounds: 1, effort: 0.001, progress: () => {} };
const task = {
  architecture: lenet300100,
  network: initialize(lenet300100, { random: seededRandom(1) }),
  learningRate: 0.05,
};

test("every network is compared with the twin, both ways of TensorFlow.js and one thread", () => {
  const ways = ["plain", "tensorflow-own", "tensorflow-rewritten", "threads"];
  const expected = ["lenet-300-100", "lenet-5"].flatMap((network) => ways.map((way) => `${network}/${way}`));
  expect(TRAINING_CASES.map(({ name }) => name)).toEqual(expected);
});

test.each(["plain", "threads"])("LeNet-300-100 against %s gives one row with its bar", async (way) => {
  const rows = await TRAINING_CASES.find(({ name }) => name === `lenet-300-100/${way}`)!.run(context);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ unit: "s per 60,000 images", bar: way === "plain" ? 8 : 1.5 });
  expect(rows[0]!.name).toContain("timed on 128 images");
});

test("sides that train differently are told apart before anything is timed", async () => {
  const ours = await ourSide(task, { kernels: "wasm", threads: 1 });
  const faster = await ourSide({ ...task, learningRate: 0.051 }, { kernels: "plain", threads: 1 });
  await expect(assertSameTraining(task, { ours, theirs: faster }, await mnistImages(128))).rejects.toThrow("apart");
  await Promise.all([ours.close(), faster.close()]);
});

describe.skipIf(!isInstalled("@tensorflow/tfjs"))("with TensorFlow.js installed", () => {
  test.each(["own", "rewritten"] as const)("its %s gradients agree with its cpu backend", async (gradients) => {
    const tf = await loadTensorFlow();
    await assertTfGradients(tf, { gradients, random: seededRandom(1) });
  });

  test("it trains LeNet-300-100 as we do", async () => {
    const theirs = tensorFlowSide(await loadTensorFlow(), task, { gradients: "own" });
    const ours = await ourSide(task, { kernels: "wasm", threads: 1 });
    await assertSameTraining(task, { ours, theirs }, await mnistImages(128));
    await Promise.all([ours.close(), theirs.close()]);
  });
});
