import { createTrainer, cubicSparsity, gradualPruning, prune, type Trainer } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { chainNetwork, randomFrom, smallNetworks } from "./networks";
import { referenceValues, weightsOf } from "./reference";

const [dense, convolutional] = smallNetworks();
const [first, second, third] = ["0.weight", "2.weight", "4.weight"];
const learningRate = () => 2e-3;

function trainerOf({ network }: typeof dense): Promise<Trainer> {
  return createTrainer(network, { batch: 10, seed: 3 });
}

function keptOf(trainer: Trainer, name: string): number {
  return trainer.mask(name).reduce((sum, keep) => sum + keep, 0);
}

/** Weights of a trainer that are not the one zero of 32 zero bits, by what the mask says of them. */
function expectHeld(trainer: Trainer): void {
  for (const name of trainer.names) {
    const bits = new Uint32Array(trainer.weights(name).buffer);
    const mask = trainer.mask(name);
    expect(bits.filter((_, i) => mask[i] === 0).every((word) => word === 0)).toBe(true);
    expect(bits.filter((_, i) => mask[i] === 1).every((word) => word !== 0)).toBe(true);
  }
}

describe.each(smallNetworks())("$name", (small) => {
  test("keeps pruned weights at +0 through training, and trains the others", async () => {
    const trainer = await trainerOf(small);
    prune(trainer, { sparsity: 0.5, score: "magnitude" });
    expectHeld(trainer);
    const masks = trainer.weightNames.map((name) => trainer.mask(name));
    const before = trainer.state();
    for (const optimizer of [{ kind: "sgd", momentum: 0.9 }, undefined] as const) {
      await trainer.train(small.samples, { epochs: 2, learningRate, optimizer, weightDecay: 1e-3 });
      expectHeld(trainer);
    }
    expect(trainer.weightNames.map((name) => trainer.mask(name))).toEqual(masks);
    for (const name of trainer.names) expect(trainer.weights(name)).not.toEqual(before.get(`${name}:weights`));
  });

  test.each(["magnitude", "input-rms"] as const)(
    "is exactly as sparse at the end of gradual pruning as asked for, by %s",
    async (score) => {
      const trainer = await trainerOf(small);
      const sparsities: number[] = [];
      const hook = gradualPruning({ sparsity: 0.83, score, every: 2 });
      const total = trainer.weightNames.reduce((sum, name) => sum + trainer.weights(name).length, 0);
      const kept = () => trainer.weightNames.reduce((sum, name) => sum + keptOf(trainer, name), 0);
      const run: typeof hook.run = (self, done) => {
        hook.run(self, done);
        sparsities.push(1 - kept() / total);
        expect(kept()).toBe(total - Math.round(0.83 * cubicSparsity({ sparsity: 1 })(done) * total));
      };
      await trainer.train(small.samples, { epochs: 4, learningRate, trackInputs: true, hook: { ...hook, run } });
      expect(sparsities.length).toBe(12); // 24 steps
      expect(sparsities).toEqual(sparsities.toSorted((a, b) => a - b));
      expect(kept()).toBe(total - Math.round(0.83 * total));
      expectHeld(trainer);
    },
  );
});

test("three rounds of pruning and retraining, a sparsity for each tensor, as in the paper", async () => {
  const trainer = await trainerOf(dense);
  const counts = { [first]: 130, [second]: 90, [third]: 36 };
  let before = trainer.weightNames.map((name) => trainer.mask(name));
  for (const factor of [0.5, 0.8, 1]) {
    const sparsity = { [first]: 0.9 * factor, [second]: 0.8 * factor, [third]: 0.5 * factor };
    prune(trainer, { sparsity, score: "magnitude" });
    for (const [name, count] of Object.entries(counts))
      expect(keptOf(trainer, name)).toBe(count - Math.round(sparsity[name] * count));
    await trainer.train(dense.samples, { epochs: 1, learningRate });
    const after = trainer.weightNames.map((name) => trainer.mask(name));
    after.forEach((mask, n) => void expect(mask.every((keep, i) => keep <= before[n][i])).toBe(true));
    before = after;
  }
  expectHeld(trainer);
});

test("magnitude pruning removes the smallest, tensors that are not named are left alone", async () => {
  const trainer = await trainerOf(dense);
  const weights = trainer.weights(second);
  prune(trainer, { sparsity: { [second]: 0.5 }, score: "magnitude" });
  const sizes = weights.map(Math.abs).sort();
  expect([...trainer.mask(second)]).toEqual(Array.from(weights, (w) => (Math.abs(w) >= sizes[45] ? 1 : 0)));
  expect(trainer.mask(first)).not.toContain(0);
});

test("what was removed stays removed when less is asked for later", async () => {
  const trainer = await trainerOf(dense);
  prune(trainer, { sparsity: 0.8, score: "magnitude" });
  const masks = trainer.weightNames.map((name) => trainer.mask(name));
  prune(trainer, { sparsity: 0.3, score: "magnitude" });
  prune(trainer, { sparsity: { [first]: 0.1 }, score: "magnitude" });
  expect(trainer.weightNames.map((name) => trainer.mask(name))).toEqual(masks);
});

test("a multiplier spares its tensor under one threshold, which still removes exactly what it should", async () => {
  const [usual, spared] = [await trainerOf(dense), await trainerOf(dense)];
  prune(usual, { sparsity: 0.5, score: "magnitude" });
  prune(spared, { sparsity: 0.5, score: "magnitude", multipliers: { [third]: 1e6 } });
  expect(keptOf(usual, third)).toBeLessThan(36);
  expect(keptOf(spared, third)).toBe(36);
  for (const trainer of [usual, spared])
    expect(trainer.weightNames.reduce((sum, name) => sum + keptOf(trainer, name), 0)).toBe(128);
});

/** A network for images of 4 x 25 pixels: 2 x 23 positions, then 1 x 22. */
function wide() {
  const layers = [
    { op: "Conv", channels: 2, kernel: 3 },
    { op: "Conv", channels: 3, kernel: 2 },
    { op: "Flatten" },
    { op: "Gemm", outputs: 4 },
  ] as const;
  return chainNetwork({ inputShape: [1, 4, 25], layers, random: randomFrom(17) });
}

test.each([
  ["square images", convolutional],
  ["wide images", { ...convolutional, network: wide() }],
] as const)(
  "inputRms is the root mean square of each weight's input over the batches of a run: %s",
  async (_, small) => {
    const { network, samples } = small;
    // The weights do not move, so every batch of an epoch is the network as it is; two threads see half each.
    const trainer = await createTrainer(network, { batch: 60, threads: 2, seed: 3 });
    await trainer.train(samples, { epochs: 3, learningRate: () => 0, trackInputs: true });
    await trainer.close();
    const weights = weightsOf(network);
    const nodes = network.graph?.nodes ?? [];
    const values = Array.from({ length: 60 }, (_, n) => referenceValues(network, weights, samples, n));
    for (const [at, node] of nodes.entries()) {
      const weight = weights.get(node.inputs[1]);
      if (!weight) continue;
      const [, channels, kernel = 1] = weight.shape;
      const squares = new Float64Array(weight.data.length / weight.shape[0]);
      let positions = 0;
      for (const sample of values) {
        const { data, shape } = sample[at];
        const [height, width] = node.op === "Conv" ? shape.slice(1) : [1, 1];
        for (let y = 0; y + kernel <= height; y++)
          for (let x = 0; x + kernel <= width; x++) {
            positions++;
            for (let i = 0; i < squares.length; i++) {
              const [channel, tap] = [Math.floor(i / kernel ** 2), i % kernel ** 2];
              squares[i] += data[(channel * height + y + Math.floor(tap / kernel)) * width + x + (tap % kernel)] ** 2;
            }
          }
      }
      expect(squares.length).toBe(channels * kernel ** 2);
      const got = trainer.inputRms(node.inputs[1]);
      squares.forEach((sum, i) => void expect(got[i]).toBeCloseTo(Math.sqrt(sum / positions), 4));
    }
  },
);
