// Weights that are tried one by one, by a measure of the caller's own.

import { bytesSource } from "@deep-compression/bits";
import { openModel, writeOnnx } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Network } from "@deep-compression/network";
import { compressByTrials, open, type WeightTrial } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, it } from "vitest";

const SIZE = 32;

/** Two products, of a weight each, and a bias. */
function network(): Network {
  const random = seededRandom(1);
  const values = (count: number) => Float32Array.from({ length: count }, () => random() - 0.5);
  const value = (name: string) => ({ name, type: "float32", shape: ["N", SIZE] }) as const;
  return {
    graph: {
      opset: 13,
      inputs: [value("x")],
      outputs: [value("y")],
      nodes: [
        { op: "MatMul", inputs: ["x", "first"], outputs: ["h"], attributes: {} },
        { op: "Add", inputs: ["h", "bias"], outputs: ["b"], attributes: {} },
        { op: "MatMul", inputs: ["b", "second"], outputs: ["y"], attributes: {} },
      ],
    },
    tensors: [
      floatTensor("first", [SIZE, SIZE], values(SIZE ** 2)),
      floatTensor("bias", [SIZE], values(SIZE)),
      floatTensor("second", [SIZE, SIZE], values(SIZE ** 2)),
    ],
  };
}

const bytes = writeOnnx(network());
const model = () => openModel(bytesSource(bytes), { name: "model.onnx" });

/** The relative error of each tensor of a file. */
async function errorsIn(file: Uint8Array): Promise<Readonly<Record<string, number>>> {
  const coded = await (await open(bytesSource(file))).network();
  const pairs = network().tensors.map((tensor) => {
    const [dense, other] = [floatValues(tensor), floatValues(coded.tensors.find(({ name }) => name === tensor.name)!)];
    const squares = dense.reduce((sum, x) => sum + x * x, 0);
    return [tensor.name, Math.sqrt(dense.reduce((sum, x, i) => sum + (x - other[i]!) ** 2, 0) / squares)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Outputs that feel the errors of the weights by these factors. */
const felt = (first: number, second: number) => async (file: Uint8Array) => {
  const errors = await errorsIn(file);
  return Math.hypot(first * errors.first!, second * errors.second!);
};

it("gives its error to the weight that is not felt", async () => {
  const trials: WeightTrial[] = [];
  const found = await compressByTrials(await model(), {
    targetBytes: 4700,
    measure: felt(0, 1),
    onTrial: (trial) => trials.push(trial),
  });
  expect(found.bytes.length).toBeLessThanOrEqual(4700);
  const errors = await errorsIn(found.bytes);
  expect(errors.second).toBe(0);
  expect(errors.bias).toBe(0);
  expect(errors.first).toBeGreaterThan(0);
  expect(found.outputError).toBe(0);
  expect(found.trials).toEqual(trials);
  // What is not felt at the largest error is tried no further; what is, down to the least.
  expect(trials.filter(({ tensor }) => tensor === "first")).toHaveLength(1);
  expect(trials.filter(({ tensor }) => tensor === "second").map(({ maxError }) => maxError)).toEqual([
    2 ** -2,
    2 ** -4,
    2 ** -6,
    2 ** -8,
    2 ** -10,
    2 ** -12,
  ]);
});

it("meets any target that can be met, with the less error the more bytes, and the outputs are off as it says", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1800, max: 8500 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      async (targetBytes, factor) => {
        const measure = felt(1, factor);
        const found = await compressByTrials(await model(), { targetBytes, measure });
        expect(found.bytes.length).toBeLessThanOrEqual(targetBytes);
        expect(await measure(found.bytes)).toBe(found.outputError);
        const more = await compressByTrials(await model(), { targetBytes: targetBytes + 1000, measure });
        expect(more.outputError).toBeLessThanOrEqual(found.outputError * (1 + 1e-9));
      },
    ),
    { numRuns: 3 },
  );
});

it("repeats", async () => {
  const once = async () => (await compressByTrials(await model(), { targetBytes: 2600, measure: felt(1, 2) })).bytes;
  expect(await once()).toEqual(await once());
});

it("says the least that a target may be, and refuses what is no error", async () => {
  const within = async (targetBytes: number, measure: (file: Uint8Array) => number | Promise<number>) =>
    compressByTrials(await model(), { targetBytes, measure });
  await expect(within(300, felt(1, 1))).rejects.toThrow(/^targetBytes: expected about \d+ at least/);
  await expect(within(0, felt(1, 1))).rejects.toThrow(/^targetBytes: expected an integer/);
  await expect(within(2600, () => Number.NaN)).rejects.toThrow(/^measure: expected a finite number/);
  await expect(within(2600, () => -1)).rejects.toThrow(/^measure: expected a finite number/);
  await expect(
    within(2600, () => {
      throw new Error("no runtime");
    }),
  ).rejects.toThrow("no runtime");
});
