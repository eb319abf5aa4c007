import { type Architecture, lenet5, lenet300100 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";
import type { Case, CaseContext } from "./case";
import { compare, type Figure } from "./harness";
import { type MnistImages, mnistTrainingImages } from "./mnist";
import { loadTensorFlow } from "./tfjs";
import { assertTfGradients } from "./tfjs-check";
import type { Gradients } from "./tfjs-layers";
import { assertSameTraining, BATCH_SIZE, ourSide, type Side, type Task, tensorFlowSide } from "./training-sides";

/** An epoch of MNIST; every row is scaled to it. */
const EPOCH_IMAGES = 60_000;

interface Bars {
  readonly bar?: number;
  readonly goal?: number;
}

interface Plan {
  readonly name: string;
  readonly architecture: Architecture;
  readonly learningRate: number;
  /** Images that a run trains on, so that the suite ends in about three minutes; multiples of the batch. */
  readonly images: { readonly plain: number; readonly tensorFlow: number; readonly threads: number };
  readonly bars: { readonly plain: Bars; readonly tensorFlow: Bars; readonly threads: Bars };
}

const PLANS: readonly Plan[] = [
  {
    name: "LeNet-300-100",
    architecture: lenet300100,
    learningRate: 0.05,
    images: { plain: 12_800, tensorFlow: 12_800, threads: 59_904 },
    bars: { plain: { bar: 8, goal: 12 }, tensorFlow: { bar: 6 }, threads: { bar: 1.5 } },
  },
  {
    name: "LeNet-5",
    architecture: lenet5,
    learningRate: 0.01,
    images: { plain: 640, tensorFlow: 2560, threads: 6400 },
    bars: { plain: { bar: 4 }, tensorFlow: { bar: 4 }, threads: { bar: 1.5 } },
  },
];

interface Duel extends Bars {
  readonly plan: Plan;
  readonly figure: Pick<Figure, "name" | "peer">;
  readonly images: number;
  readonly sides: (task: Task) => Promise<{ readonly ours: Side; readonly theirs: Side }>;
}

function imagesFor(count: number, effort: number): MnistImages {
  return mnistTrainingImages(Math.max(1, Math.round((count * effort) / BATCH_SIZE)) * BATCH_SIZE);
}

/** One row: the same weights on both sides, the same movement asserted, then the same images timed in turn. */
async function duel(context: CaseContext, { plan, figure, images: count, sides, bar, goal }: Duel) {
  const { architecture, learningRate } = plan;
  const images = imagesFor(count, context.effort);
  const trained = images.labels.length;
  const task = { architecture, learningRate, network: initialize(architecture, { random: seededRandom(1) }) };
  const { ours, theirs } = await sides(task);
  try {
    context.progress(`checks that both train alike: ${figure.name}, ${figure.peer}`);
    await assertSameTraining(task, { ours, theirs }, images);
    context.progress(`times ${context.rounds} + 1 runs of each on ${trained} images`);
    const name = trained > EPOCH_IMAGES - BATCH_SIZE ? figure.name : `${figure.name} (timed on ${trained} images)`;
    const row = { ...figure, name, unit: "s per 60,000 images", bar, goal, scale: EPOCH_IMAGES / trained };
    return await compare(row, { ours: ours.start(images), theirs: theirs.start(images) }, { rounds: context.rounds });
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
  }
}

function plainCase(plan: Plan): Case {
  const figure = { name: `${plan.name} epoch, one thread`, peer: "our plain TypeScript twin" };
  const sides = async (task: Task) => ({
    ours: await ourSide(task, { kernels: "wasm", threads: 1 }),
    theirs: await ourSide(task, { kernels: "plain", threads: 1 }),
  });
  const setup = { plan, figure, images: plan.images.plain, sides, ...plan.bars.plain };
  return { name: `${plan.architecture.name}/plain`, run: async (context) => [await duel(context, setup)] };
}

const GRADIENTS: Record<Gradients, string> = {
  own: "its own gradients",
  rewritten: "gradients rewritten by hand",
};

function tensorFlowCase(plan: Plan, gradients: Gradients): Case {
  return {
    name: `${plan.architecture.name}/tensorflow-${gradients}`,
    run: async (context) => {
      const tf = await loadTensorFlow();
      await assertTfGradients(tf, { gradients, random: seededRandom(1) });
      const peer = `TensorFlow.js ${tf.version.tfjs} wasm, ${GRADIENTS[gradients]}`;
      const figure = { name: `${plan.name} epoch, one thread`, peer };
      const sides = async (task: Task) => ({
        ours: await ourSide(task, { kernels: "wasm", threads: 1 }),
        theirs: tensorFlowSide(tf, task, { gradients }),
      });
      const bars = gradients === "own" ? plan.bars.tensorFlow : {};
      return [await duel(context, { plan, figure, images: plan.images.tensorFlow, sides, ...bars })];
    },
  };
}

function threadsCase(plan: Plan): Case {
  const figure = { name: `${plan.name} epoch, two threads`, peer: "our kernels, one thread" };
  const sides = async (task: Task) => ({
    ours: await ourSide(task, { kernels: "wasm", threads: 2 }),
    theirs: await ourSide(task, { kernels: "wasm", threads: 1 }),
  });
  const setup = { plan, figure, images: plan.images.threads, sides, ...plan.bars.threads };
  return { name: `${plan.architecture.name}/threads`, run: async (context) => [await duel(context, setup)] };
}

export const TRAINING_CASES: readonly Case[] = PLANS.flatMap((plan) => [
  plainCase(plan),
  tensorFlowCase(plan, "own"),
  tensorFlowCase(plan, "rewritten"),
  threadsCase(plan),
]);
