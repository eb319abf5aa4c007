import {
  createTrainer,
  gradualPruning,
  type LossOptions,
  shareWeights,
  type Trainer,
} from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { SCALARS, Scalar } from "../assembly/words";
import { plainEngine, wasmEngine } from "../src/engine";
import type { Program } from "../src/program";
import { randomFrom, smallNetworks, uniform } from "./networks";

type Kernels = "wasm" | "plain";
type Stage = (trainer: Trainer) => Promise<void>;

/** Runs a stage on both kernels and compares everything that training keeps, relative to each array's largest number. */
async function expectAgreement(create: (kernels: Kernels) => Promise<Trainer>, stage: Stage): Promise<void> {
  const states = [];
  for (const kernels of ["wasm", "plain"] as const) {
    const trainer = await create(kernels);
    const before = trainer.state();
    await stage(trainer);
    states.push(trainer.state());
    for (const name of trainer.names) expect(trainer.weights(name)).not.toEqual(before.get(`${name}:weights`));
  }
  const [wasm, plain] = states;
  expect([...wasm.keys()]).toEqual([...plain.keys()]);
  for (const [name, values] of wasm) {
    const others = plain.get(name)!;
    const exact = /:(mask|codes)$|^tracked-batches$/.test(name);
    if (exact) expect(values, name).toEqual(others);
    const largest = others.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-30);
    const error = values.reduce((max, value, i) => Math.max(max, Math.abs(value - others[i])), 0);
    // Weights to 1e-5. Moments are gradients (and their squares): sums of some hundred terms that partly cancel.
    expect(error / largest, name).toBeLessThan(/weights|centroids$/.test(name) ? 1e-5 : 1e-4);
  }
}

const sgd = { kind: "sgd", momentum: 0.9 } as const;
const adam = { kind: "adam", beta1: 0.9, beta2: 0.999 } as const;

describe.each(smallNetworks())(
  "WebAssembly and its TypeScript twin agree over whole steps of $name",
  ({ network, samples }) => {
    const create = (kernels: Kernels) => createTrainer(network, { batch: 10, seed: 4, kernels });
    const weighted = network.tensors.filter(({ shape }) => shape.length > 1);
    const dropout = Object.fromEntries(weighted.map(({ name }, n) => [name, n === 0 ? 0.1 : 0.4]));
    const teacher = uniform(60 * 4, 2, randomFrom(8));

    const everything: LossOptions = {
      dropout,
      l1: 1e-3,
      weightDecay: 1e-2,
      distill: { logits: teacher, share: 0.7, temperature: 2 },
      trackInputs: true,
    };
    test.each([
      ["SGD", sgd],
      ["Adam", adam],
    ] as const)("with dropout, L1, weight decay, distillation and tracking under %s", async (_, optimizer) => {
      const options = { ...everything, optimizer, epochs: 2, l1Schedule: (done: number) => done };
      await expectAgreement(create, (trainer) => trainer.train(samples, { ...options, learningRate: () => 3e-3 }));
    });

    test("with masks that a pruning hook makes", async () => {
      const hook = gradualPruning({ sparsity: 0.7, score: "magnitude", every: 2 });
      await expectAgreement(create, (trainer) => trainer.train(samples, { hook, epochs: 2, learningRate: () => 1e-3 }));
    });

    test.each([
      ["SGD", sgd],
      ["Adam", adam],
    ] as const)("with codebooks under %s", async (_, optimizer) => {
      await expectAgreement(create, async (trainer) => {
        const keep = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 0 : 1));
        for (const name of trainer.weightNames) trainer.setMask(name, keep(trainer.weights(name).length));
        shareWeights(trainer, { sizes: Object.fromEntries(trainer.weightNames.map((name, n) => [name, 3 + n])) });
        await trainer.train(samples, { optimizer, epochs: 2, learningRate: () => 2e-3 });
      });
    });
  },
);

test("dropout takes the same units in WebAssembly and in the twin, bit for bit, and about as many as it should", async () => {
  const n = 4096;
  const factors = [await wasmEngine({ threads: 1 }), plainEngine()].map((engine) => {
    const [x, kept, scalars] = [n, n, 16].map((count) => engine.arena.allocate(count * 4));
    engine.arena.floats(x, n).fill(1);
    engine.arena.ints(scalars, 16)[SCALARS + Scalar.DropoutSeed] = 0x89abcdef | 0; // the seed of step 1
    const chance = { threshold: Math.round(0.3 * 2 ** 24), scale: 1 / 0.7 };
    const program: Program = [{ op: "dropout", n, x, factors: kept, site: 3, ...chance, scalars }];
    engine.run([program], { first: 1, steps: 1 });
    expect(engine.arena.floats(x, n)).toEqual(engine.arena.floats(kept, n));
    return engine.arena.floats(kept, n).slice();
  });
  expect(factors[0]).toEqual(factors[1]);
  const dropped = factors[0].filter((factor) => factor === 0).length;
  // Binomial: a standard deviation is 29.
  expect(Math.abs(dropped - 0.3 * n)).toBeLessThan(4 * 29);
  expect(new Set(factors[0])).toEqual(new Set([0, Math.fround(1 / 0.7)]));
});
