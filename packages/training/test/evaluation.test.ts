import { createTrainer, type Samples, softTargets } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { randomFrom, smallNetworks } from "./networks";
import { referenceLogits, softmax, weightsOf } from "./reference";

const engines = [
  { kernels: "wasm", threads: 1 },
  { kernels: "wasm", threads: 2 },
  { kernels: "plain", threads: 1 },
] as const;

/** 23 of the samples: two batches of 9 and one of 5. */
function few({ inputs, labels, scale }: Samples): Samples {
  return { inputs: inputs.slice(0, (inputs.length / labels.length) * 23), labels: labels.slice(0, 23), scale };
}

/** The same as bytes, with a scale of their own. */
function asBytes({ inputs, labels }: Samples): Samples {
  return { inputs: Uint8Array.from(inputs, (value) => 128 + 100 * value), labels, scale: 1 / 99 };
}

describe.each(engines)("$kernels kernels on $threads thread(s)", (engine) => {
  test.each(smallNetworks())(
    "give the logits and errors of a naive reference for $name, the last batch short",
    async (small) => {
      const { network } = small;
      const trainer = await createTrainer(network, { batch: 9, seed: 1, ...engine });
      for (const samples of [few(small.samples), asBytes(few(small.samples))]) {
        const logits = trainer.logits(samples);
        let wrong = 0;
        for (let n = 0; n < 23; n++) {
          const expected = referenceLogits(network, weightsOf(network), samples, n);
          expected.forEach((value, j) => void expect(logits[4 * n + j]).toBeCloseTo(value, 4));
          if (expected.indexOf(Math.max(...expected)) !== samples.labels[n]) wrong++;
        }
        expect(logits.length).toBe(4 * 23);
        expect(wrong).toBeGreaterThan(0);
        expect(trainer.evaluate(samples)).toEqual({ count: 23, errors: wrong, errorPercent: (100 * wrong) / 23 });
      }
      await trainer.close();
    },
  );
});

test("fewer samples than a batch are evaluated, and none twice", async () => {
  const [{ network, samples }] = smallNetworks();
  const trainer = await createTrainer(network, { batch: 50, seed: 1 });
  const { labels } = few(samples);
  const best = Array.from({ length: 23 }, (_, n) => {
    const logits = referenceLogits(network, weightsOf(network), samples, n);
    return logits.indexOf(Math.max(...logits));
  });
  const right = { ...few(samples), labels: Uint8Array.from(best) };
  expect(trainer.evaluate(right).errors).toBe(0);
  const allWrong = { ...few(samples), labels: labels.map((_, n) => (best[n] + 1) % 4) };
  expect(trainer.evaluate(allWrong)).toEqual({ count: 23, errors: 23, errorPercent: 100 });
});

test("an evaluation sees the weights as they are now, and equal logits count as the first class", async () => {
  const [{ network, samples }] = smallNetworks();
  const trainer = await createTrainer(network, { batch: 9, seed: 1 });
  trainer.evaluate(samples);
  for (const name of trainer.names) trainer.setWeights(name, trainer.weights(name).fill(0));
  const others = samples.labels.filter((label) => label !== 0).length;
  expect(trainer.evaluate(samples).errors).toBe(others);
});

test("soft targets are the softmax at their temperature, row by row", () => {
  const random = randomFrom(2);
  const logits = Float32Array.from({ length: 12 }, () => 20 * random() - 10);
  const targets = softTargets(logits, { classes: 4, temperature: 2.5 });
  for (let row = 0; row < 3; row++) {
    const expected = softmax(Float64Array.from(logits.subarray(4 * row, 4 * row + 4)), 2.5);
    expected.forEach((p, j) => void expect(targets[4 * row + j]).toBeCloseTo(p, 6));
  }
  expect(softTargets(Float32Array.of(1e30, -1e30), { classes: 2, temperature: 1 })).toEqual(Float32Array.of(1, 0));
});
