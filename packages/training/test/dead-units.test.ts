import type { Network } from "@deep-compression/network";
import { createTrainer, removeUnits, type Trainer } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { chainNetwork, type LayerSpec, noise, randomFrom } from "./networks";

const relu = { op: "Relu" } as const;
const conv = (channels: number) => ({ op: "Conv", channels, kernel: 3 }) as const;
const gemm = (outputs: number) => ({ op: "Gemm", outputs }) as const;

interface Case {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
}

const cases: readonly Case[] = [
  { name: "dense to dense", inputShape: [12], layers: [gemm(9), relu, gemm(8), gemm(4)] },
  {
    name: "convolution to convolution to dense",
    inputShape: [1, 10, 10],
    layers: [conv(5), { op: "MaxPool" }, relu, conv(6), { op: "MaxPool" }, { op: "Flatten" }, gemm(7), relu, gemm(4)],
  },
];

/** A network of which, in every hidden layer, unit 0 has no inputs, unit 1 no outputs, and unit 2 neither. */
async function pruned({ inputShape, layers }: Case): Promise<{ readonly trainer: Trainer; readonly network: Network }> {
  const network = chainNetwork({ inputShape, layers, random: randomFrom(23) });
  const trainer = await createTrainer(network, { batch: 10, seed: 1 });
  const shapes = network.tensors.filter(({ shape }) => shape.length > 1);
  shapes.forEach(({ name, shape }, n) => {
    const columns = trainer.weights(name).length / shape[0];
    const columnsPerInput = n === 0 ? columns : columns / shapes[n - 1].shape[0];
    const mask = trainer.mask(name).map((_, i) => {
      const [row, unit] = [Math.floor(i / columns), Math.floor((i % columns) / columnsPerInput)];
      const starved = n + 1 < shapes.length && (row === 0 || row === 2);
      return starved || (n > 0 && (unit === 1 || unit === 2)) ? 0 : 1;
    });
    trainer.setMask(name, mask);
  });
  return { trainer, network };
}

function expectClose(got: Float32Array, expected: Float32Array): void {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  expect(got.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i])), 0) / largest).toBeLessThan(1e-5);
}

describe.each(cases)("$name", (one) => {
  const size = one.inputShape.reduce((product, length) => product * length, 1);
  const samples = noise({ count: 20, size, classes: 4, random: randomFrom(24) });

  test("units without inputs or without outputs go, weights and bias, and the outputs stay what they were", async () => {
    const { trainer, network } = await pruned(one);
    const before = trainer.logits(samples);
    const hidden = network.tensors.filter(({ shape }) => shape.length > 1).slice(0, -1);
    expect(removeUnits(trainer)).toEqual(hidden.map(() => 3));
    expectClose(trainer.logits(samples), before);
    for (const { name, shape } of hidden) {
      const columns = trainer.weights(name).length / shape[0];
      expect(
        trainer
          .weights(name)
          .subarray(0, 3 * columns)
          .every((weight) => weight === 0),
      ).toBe(true);
      const bias = trainer.weights(name.replace("weight", "bias"));
      expect([...bias].map((value) => value === 0)).toEqual(Array.from(bias, (_, unit) => unit < 3));
    }
    expect(removeUnits(trainer)).toEqual(hidden.map(() => 3));
    expectClose(trainer.logits(samples), before);
  });

  test("removed units stay removed through training, and the others train on", async () => {
    const { trainer } = await pruned(one);
    removeUnits(trainer);
    const before = trainer.state();
    await trainer.train(samples, { epochs: 2, learningRate: () => 1e-2 });
    for (const name of trainer.names) {
      const mask = trainer.mask(name);
      const weights = trainer.weights(name);
      expect(weights.every((weight, i) => mask[i] === 1 || weight === 0)).toBe(true);
      expect(weights).not.toEqual(before.get(`${name}:weights`));
    }
  });
});

test("a unit that starves because all it read are gone goes too, and its constant reaches the outputs", async () => {
  const layers = [gemm(2), relu, gemm(3), relu, gemm(2)];
  const network = chainNetwork({ inputShape: [3], layers, random: randomFrom(5) });
  const trainer = await createTrainer(network, { batch: 4, seed: 1 });
  trainer.setWeights("0.bias", Float32Array.of(0.5, 0.25));
  trainer.setMask("0.weight", Uint8Array.of(0, 0, 0, 1, 1, 1)); // unit 0 is the constant 0.5
  trainer.setMask("2.weight", Uint8Array.of(1, 0, 1, 1, 0, 1)); // unit 0 of the next layer reads nothing else
  const samples = noise({ count: 4, size: 3, classes: 2, random: randomFrom(6) });
  const before = trainer.logits(samples);
  expect(removeUnits(trainer)).toEqual([1, 1]);
  expectClose(trainer.logits(samples), before);
});

test("nothing is removed from a network without dead units", async () => {
  const network = chainNetwork({ inputShape: [3], layers: [gemm(4), relu, gemm(2)], random: randomFrom(7) });
  const trainer = await createTrainer(network, { batch: 4, seed: 1 });
  const weights = trainer.names.map((name) => trainer.weights(name));
  expect(removeUnits(trainer)).toEqual([0]);
  expect(trainer.names.map((name) => trainer.weights(name))).toEqual(weights);
});
