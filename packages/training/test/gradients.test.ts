import { createTrainer } from "@deep-compression/training";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectGradients } from "./differences";
import { chainNetwork, type LayerSpec, noise, randomFrom, uniform } from "./networks";
import type { Teacher } from "./reference";

interface Case {
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSpec[];
  readonly batch: number;
  readonly seed: number;
  readonly teacher?: Omit<Teacher, "logits">;
}

async function checkGradients({ inputShape, layers, batch, seed, teacher }: Case): Promise<void> {
  const random = randomFrom(seed);
  const network = chainNetwork({ inputShape, layers, random });
  const size = inputShape.reduce((product, length) => product * length, 1);
  const last = layers[layers.length - 1];
  const classes = last.op === "Gemm" ? last.outputs : 0;
  const samples = noise({ count: batch, size, classes, random });
  const distill = teacher && { ...teacher, logits: uniform(batch * classes, 2, random) };
  await expectGradients(network, { samples, batch, distill });
}

const relu = { op: "Relu" } as const;
const pool = { op: "MaxPool" } as const;
const flatten = { op: "Flatten" } as const;
const gemm = fc.integer({ min: 1, max: 17 }).map((outputs) => ({ op: "Gemm", outputs }) as const);
const classifier = fc.integer({ min: 2, max: 11 }).map((outputs) => ({ op: "Gemm", outputs }) as const);
const common = {
  batch: fc.integer({ min: 2, max: 17 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  teacher: fc.option(fc.record({ share: fc.constantFrom(0.25, 0.5, 1), temperature: fc.constantFrom(1, 2, 3.5) }), {
    nil: undefined,
  }),
};

const denseCases: fc.Arbitrary<Case> = fc.record({
  ...common,
  inputShape: fc.tuple(fc.integer({ min: 1, max: 17 })),
  layers: fc
    .tuple(fc.array(fc.tuple(gemm, fc.constantFrom<LayerSpec[]>([], [relu])), { maxLength: 2 }), classifier)
    .map(([hidden, last]): LayerSpec[] => [...hidden.flatMap(([layer, then]) => [layer, ...then]), last]),
});

/** Convolutions with kernels of 1 to 3 whose outputs are of even size, each with or without ReLU and pooling. */
const convCases: fc.Arbitrary<Case> = fc
  .record({
    ...common,
    kernels: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
    channels: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    rectified: fc.boolean(),
    pooled: fc.boolean(),
    wider: fc.constantFrom(0, 4),
    last: classifier,
  })
  .map(({ kernels, channels, rectified, pooled, wider, last, ...rest }) => {
    const layers = kernels.flatMap((kernel, n): LayerSpec[] => {
      const conv = { op: "Conv", channels: channels[n], kernel } as const;
      return [conv, ...(rectified ? [relu] : []), ...(pooled ? [pool] : [])];
    });
    const height = kernels.reduceRight((size, kernel) => (pooled ? size * 2 : size) + kernel - 1, 2);
    const width = height + (wider / 4) * (pooled ? 2 ** kernels.length : 1);
    return { ...rest, inputShape: [1, height, width], layers: [...layers, flatten, last] };
  });

function runs(base: number) {
  return { seed: 20, numRuns: base * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) };
}

describe("gradients agree with finite differences, in WebAssembly on one thread and two and in plain TypeScript", () => {
  test("for random dense networks", async () => {
    await fc.assert(fc.asyncProperty(denseCases, checkGradients), runs(9));
  });

  test("for random convolutional networks", async () => {
    await fc.assert(fc.asyncProperty(convCases, checkGradients), runs(8));
  });

  test("where products are deeper than one panel of the kernel: 300 inputs, 270 samples", async () => {
    const last = { op: "Gemm", outputs: 3 } as const;
    await checkGradients({ inputShape: [300], layers: [last], batch: 3, seed: 5 });
    await checkGradients({ inputShape: [2], layers: [{ op: "Gemm", outputs: 9 }, relu, last], batch: 270, seed: 6 });
  });

  test("where a ReLU or a pooling stands before the first weights", async () => {
    const last = { op: "Gemm", outputs: 3 } as const;
    await checkGradients({ inputShape: [7], layers: [relu, last], batch: 4, seed: 7 });
    await checkGradients({ inputShape: [1, 6, 8], layers: [pool, relu, flatten, relu, last], batch: 4, seed: 8 });
  });
});

test("asking for gradients changes no weight", async () => {
  const random = randomFrom(3);
  const network = chainNetwork({ inputShape: [5], layers: [{ op: "Gemm", outputs: 3 }], random });
  const samples = noise({ count: 6, size: 5, classes: 3, random });
  const trainer = await createTrainer(network, { batch: 6, seed: 1 });
  await trainer.train(samples, { epochs: 1, learningRate: () => 1e-3, trackInputs: true });
  const before = trainer.state();
  trainer.gradients(samples, { weightDecay: 1, l1: 1, trackInputs: true });
  expect(trainer.state()).toEqual(before);
});

test("gradients under dropout are those of the loss with the same units dropped", async () => {
  const random = randomFrom(41);
  const layers = [6, 5, 3].map((outputs) => ({ op: "Gemm", outputs }) as const); // smooth: differences can be wide
  const network = chainNetwork({ inputShape: [7], layers, random });
  const samples = noise({ count: 8, size: 7, classes: 3, random });
  const trainer = await createTrainer(network, { batch: 8, seed: 1 });
  const dropout = { "0.weight": 0.2, "1.weight": 0.4, "2.weight": 0.5 };
  const { loss, gradients } = trainer.gradients(samples, { dropout });
  expect(Math.abs(loss - trainer.gradients(samples).loss)).toBeGreaterThan(1e-2);
  for (const name of trainer.names) {
    const weights = trainer.weights(name);
    const lossAt = (i: number, shift: number) => {
      trainer.setWeights(
        name,
        weights.map((w, j) => (i === j ? w + shift : w)),
      );
      return trainer.gradients(samples, { dropout }).loss;
    };
    for (let i = 0; i < weights.length; i++) {
      const slope = (lossAt(i, 0.01) - lossAt(i, -0.01)) / 0.02;
      // The float32 loss rounds to 1e-7, over 0.02 that is 5e-6; the third derivative adds 0.01^2 / 6 of itself.
      expect(Math.abs(slope - gradients.get(name)![i])).toBeLessThan(2e-4);
    }
    trainer.setWeights(name, weights);
  }
});
