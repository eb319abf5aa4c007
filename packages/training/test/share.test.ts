import { centroidGradients, fitCodebook } from "@deep-compression/codebook";
import { createTrainer, prune, shareWeights, type Trainer } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { smallNetworks } from "./networks";

const engines = [
  { kernels: "wasm", threads: 1 },
  { kernels: "wasm", threads: 2 },
  { kernels: "plain", threads: 1 },
] as const;

const [dense] = smallNetworks();
const learningRate = () => 1e-2;

function sizesOf(trainer: Trainer): Record<string, number> {
  return Object.fromEntries(trainer.weightNames.map((name, n) => [name, 4 + n]));
}

/** The index of each weight's centroid; -1 for a pruned weight. */
function codesOf(trainer: Trainer, name: string): number[] {
  const mask = trainer.mask(name);
  const centroids = trainer.centroids(name);
  return Array.from(trainer.weights(name), (weight, i) => (mask[i] === 0 ? -1 : centroids.indexOf(weight)));
}

function expectShared(trainer: Trainer): void {
  for (const name of trainer.weightNames) {
    const mask = trainer.mask(name);
    const centroids = new Set(trainer.centroids(name));
    expect(trainer.weights(name).every((weight, i) => (mask[i] === 0 ? weight === 0 : centroids.has(weight)))).toBe(
      true,
    );
  }
}

describe.each(smallNetworks())("$name", ({ network, samples }) => {
  test("takes only its centroids' values, pruned weights stay zero, and training moves centroids but no assignment", async () => {
    const trainer = await createTrainer(network, { batch: 10, seed: 2 });
    prune(trainer, { sparsity: 0.6, score: "magnitude" });
    shareWeights(trainer, { sizes: sizesOf(trainer) });
    expectShared(trainer);
    const codes = trainer.weightNames.map((name) => codesOf(trainer, name));
    const before = trainer.weightNames.map((name) => trainer.centroids(name));
    await trainer.train(samples, { epochs: 2, learningRate });
    expectShared(trainer);
    expect(trainer.weightNames.map((name) => codesOf(trainer, name))).toEqual(codes);
    trainer.weightNames.forEach((name, n) => {
      expect(trainer.centroids(name).length).toBe(4 + n);
      expect(trainer.centroids(name)).not.toEqual(before[n]);
    });
  });

  test.each(engines)(
    "moves each centroid by the sum of its weights' gradients (eq. 3): $kernels, $threads thread(s)",
    async (engine) => {
      const trainer = await createTrainer(network, { batch: 60, seed: 2, ...engine });
      prune(trainer, { sparsity: 0.3, score: "magnitude" });
      shareWeights(trainer, { sizes: sizesOf(trainer) });
      const { gradients } = trainer.gradients(samples);
      const expected = trainer.weightNames.map((name) => {
        const size = trainer.centroids(name).length;
        const codes = Uint8Array.from(codesOf(trainer, name), (code) => code + 1);
        const before = trainer.centroids(name);
        return { name, before, sums: centroidGradients(gradients.get(name)!, codes, { size: size + 1 }).slice(1) };
      });
      const rate = 0.5;
      // One step of all samples, without momentum: a centroid moves by rate times its gradient.
      const optimizer = { kind: "sgd", momentum: 0 } as const;
      await trainer.train(samples, { epochs: 1, learningRate: () => rate, optimizer });
      await trainer.close();
      for (const { name, before, sums } of expected) {
        const after = trainer.centroids(name);
        const largest = sums.reduce((max, sum) => Math.max(max, Math.abs(sum)), 0);
        expect(largest).toBeGreaterThan(1e-3);
        // Float32: 60 samples added in another order, and the difference of two centroids near 1 (6e-8 / rate).
        sums.forEach(
          (sum, k) => void expect(Math.abs((before[k] - after[k]) / rate - sum)).toBeLessThan(1e-5 * largest + 3e-7),
        );
      }
    },
  );
});

test("codebooks are the optimum of the surviving weights, or the paper's Lloyd from a linear initialisation", async () => {
  for (const method of ["optimal", "linear"] as const) {
    const trainer = await createTrainer(dense.network, { batch: 10, seed: 2 });
    prune(trainer, { sparsity: 0.5, score: "magnitude" });
    const survivors = trainer.weights("0.weight").filter((weight) => weight !== 0);
    shareWeights(trainer, { sizes: { "0.weight": 8 }, method });
    const fit = method === "optimal" ? { method } : ({ method: "lloyd", init: "linear" } as const);
    expect(trainer.centroids("0.weight")).toEqual(fitCodebook(survivors, { size: 8, ...fit }).centroids);
    expect(() => trainer.centroids("2.weight")).toThrow(/"2.weight" has no codebook/);
  }
});

test("a weight that a mask removes after sharing stays zero through training", async () => {
  const trainer = await createTrainer(dense.network, { batch: 10, seed: 2 });
  shareWeights(trainer, { sizes: sizesOf(trainer) });
  const mask = Uint8Array.from(trainer.mask("2.weight"), (_, i) => i % 2);
  trainer.setMask("2.weight", mask);
  await trainer.train(dense.samples, { epochs: 1, learningRate });
  expect([...trainer.weights("2.weight")].map((weight) => (weight === 0 ? 0 : 1))).toEqual([...mask]);
  expectShared(trainer);
});

test("setCentroids rewrites the weights at once, and a tensor without survivors is left unshared", async () => {
  const trainer = await createTrainer(dense.network, { batch: 10, seed: 2 });
  trainer.share("0.weight", { centroids: Float32Array.of(-1, 2), codes: new Uint8Array(130).fill(1, 100) });
  trainer.setCentroids("0.weight", Float32Array.of(3, 4));
  expect(trainer.weights("0.weight")).toEqual(new Float32Array(130).fill(3).fill(4, 100));
  trainer.setMask("2.weight", new Uint8Array(90));
  shareWeights(trainer, { sizes: { "2.weight": 4 } });
  expect(() => trainer.centroids("2.weight")).toThrow(/"2.weight" has no codebook/);
});
