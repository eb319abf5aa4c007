import {
  cosine,
  createTrainer,
  gradualPruning,
  prune,
  shareWeights,
  type Trainer,
  type TrainerState,
  type TrainOptions,
} from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { randomFrom, smallNetworks, uniform } from "./networks";

interface Stage {
  readonly name: string;
  /** What is done to the trainer before the stage. */
  readonly prepare: (trainer: Trainer) => void;
  readonly options: (trainer: Trainer) => TrainOptions<Trainer>;
}

const EPOCHS = 3;
const common = { epochs: EPOCHS, learningRate: cosine({ initial: 5e-3 }) };
const teacher = uniform(60 * 4, 2, randomFrom(9));

const stages: readonly Stage[] = [
  {
    name: "a dense stage with dropout and distillation",
    prepare: () => {},
    options: ({ weightNames }) => {
      const dropout = { [weightNames[1]]: 0.3 };
      return { ...common, dropout, distill: { logits: teacher }, l1: 1e-4, l1Schedule: (done) => done };
    },
  },
  {
    name: "a pruning stage that tracks its inputs",
    prepare: () => {},
    options: () => ({ ...common, trackInputs: true, hook: gradualPruning({ sparsity: 0.8, every: 2 }) }),
  },
  {
    name: "a stage of shared weights under SGD",
    prepare: (trainer) => {
      prune(trainer, { sparsity: 0.6, score: "magnitude" });
      shareWeights(trainer, { sizes: Object.fromEntries(trainer.weightNames.map((name) => [name, 5])) });
    },
    options: () => ({ ...common, optimizer: { kind: "sgd", momentum: 0.9 } }),
  },
];

const cases = smallNetworks().flatMap((small) =>
  [1, 2].flatMap((threads) => stages.map((stage) => ({ ...small, threads, stage, label: stage.name }))),
);

describe.each(cases)("$label of $name on $threads thread(s)", ({ network, samples, threads, stage }) => {
  const create = (seed = 5) => createTrainer(network, { batch: 8, threads, seed });

  async function run(seed?: number): Promise<{ readonly end: TrainerState; readonly middle: TrainerState }> {
    const trainer = await create(seed);
    stage.prepare(trainer);
    const states: TrainerState[] = [];
    await trainer.train(samples, { ...stage.options(trainer), onEpoch: () => void states.push(trainer.state()) });
    await trainer.close();
    return { end: trainer.state(), middle: states[0] };
  }

  test("ends in the same bits for the same seed, in others for another, and in the same bits when interrupted", async () => {
    const { end, middle } = await run();
    expect((await run()).end).toEqual(end);
    expect((await run(6)).end).not.toEqual(end);
    const resumed = await create();
    resumed.restore(middle);
    expect(resumed.state()).toEqual(middle);
    expect(middle).not.toEqual(end);
    await resumed.train(samples, { ...stage.options(resumed), firstEpoch: 1 });
    await resumed.close();
    expect(resumed.state()).toEqual(end);
    expect([...end.values()].every((values) => values.every(Number.isFinite))).toBe(true);
  });
});
