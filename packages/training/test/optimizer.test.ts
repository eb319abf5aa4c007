import { cosine, createTrainer, type LossOptions, type Trainer } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { smallNetworks } from "./networks";

const [{ network, samples }] = smallNetworks();
const epochs = 5;
const rate = cosine({ initial: 0.02, final: 0.1 });
const l1Schedule = (done: number) => 1 - done / 2;
const regular = { weightDecay: 0.05, l1: 0.01 };

/** Weights and gradients by tensor before each of the epochs, which are one step each, and the weights at the end. */
async function record(loss: LossOptions) {
  const trainer = await createTrainer(network, { batch: 60, seed: 1 });
  const look = (self: Trainer) => {
    const { gradients } = self.gradients(samples);
    return new Map(self.names.map((name) => [name, { w: self.weights(name), g: gradients.get(name)! }]));
  };
  const seen = [look(trainer)];
  const onEpoch = () => void seen.push(look(trainer));
  await trainer.train(samples, { ...loss, epochs, learningRate: rate, l1Schedule, onEpoch });
  return { names: trainer.names, seen };
}

/** Checks every step of every weight: `next` gives the weight after a step in float64. */
async function expectSteps(
  loss: LossOptions,
  updater: () => (w: number, g: number, step: number, decays: boolean) => number,
) {
  const { names, seen } = await record(loss);
  expect(seen.length).toBe(epochs + 1);
  for (const name of names) {
    const size = seen[0].get(name)!.w.length;
    for (let i = 0; i < size; i++) {
      const update = updater();
      for (let step = 0; step < epochs; step++) {
        const { w, g } = seen[step].get(name)!;
        const expected = update(w[i], g[i], step, name.endsWith("weight"));
        // A step is at most about the rate, 0.02; a float32 weight under 1 rounds to 6e-8.
        expect(Math.abs(seen[step + 1].get(name)!.w[i] - expected)).toBeLessThan(1e-6);
      }
    }
  }
}

describe("each step of training is the optimizer's formula, with decay and L1 for weights only", () => {
  test("SGD: v = momentum v + g + l1 sign(w) + decay w; w -= rate v", async () => {
    const momentum = 0.8;
    await expectSteps({ ...regular, optimizer: { kind: "sgd", momentum } }, () => {
      let v = 0;
      return (w, g, step, decays) => {
        const done = step / epochs;
        const slope = regular.l1 * l1Schedule(done) * Math.sign(w) + regular.weightDecay * w;
        v = momentum * v + g + (decays ? slope : 0);
        return w - rate(done) * v;
      };
    });
  });

  test("Adam (1412.6980, algorithm 1) with decoupled weight decay", async () => {
    const [beta1, beta2] = [0.85, 0.95];
    await expectSteps({ ...regular, optimizer: { kind: "adam", beta1, beta2 } }, () => {
      let [m, v] = [0, 0];
      return (w, g, step, decays) => {
        const done = step / epochs;
        const slope = g + (decays ? regular.l1 * l1Schedule(done) * Math.sign(w) : 0);
        m = beta1 * m + (1 - beta1) * slope;
        v = beta2 * v + (1 - beta2) * slope * slope;
        const [mean, square] = [m / (1 - beta1 ** (step + 1)), v / (1 - beta2 ** (step + 1))];
        const kept = decays ? w * (1 - rate(done) * regular.weightDecay) : w;
        return kept - (rate(done) * mean) / (Math.sqrt(square) + 1e-8);
      };
    });
  });
});

test("every epoch takes the samples in a new order", async () => {
  // Two epochs of two steps each; only one step has a rate, so its batch alone moves the weights.
  const moved = async (part: number) => {
    const trainer = await createTrainer(network, { batch: 30, seed: 1 });
    const learningRate = (done: number) => (done === part ? 0.1 : 0);
    await trainer.train(samples, { epochs: 2, learningRate, optimizer: { kind: "sgd", momentum: 0 } });
    return trainer.weights("0.weight");
  };
  const weights = [await moved(0), await moved(0.25), await moved(0.5), await moved(0.75)];
  for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) expect(weights[i]).not.toEqual(weights[j]);
});

test("an epoch's report is its number and the mean loss of its samples", async () => {
  const trainer = await createTrainer(network, { batch: 25, seed: 1 });
  const reports: unknown[] = [];
  const labels = samples.labels.slice(0, 50);
  const few = { inputs: samples.inputs.slice(0, 13 * 50), labels };
  await trainer.train(few, { epochs: 2, learningRate: () => 0, onEpoch: (report) => void reports.push(report) });
  const all = await createTrainer(network, { batch: 50, seed: 1 });
  const loss = expect.closeTo(all.gradients(few).loss, 5);
  expect(reports).toEqual([
    { epoch: 1, epochs: 2, loss },
    { epoch: 2, epochs: 2, loss },
  ]);
});
