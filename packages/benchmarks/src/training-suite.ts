import { type Architecture, lenet5, lenet300100 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";
import { type Case, type CaseContext, compare, type Figure } from "./harness";
import { loadTensorFlow } from "./tfjs";
import { assertTfGradients } from "./tfjs-check";
import type { Gradients } from "./tfjs-layers";
import { assertSameTraining, BATCH_SIZE, mnistImages, ourSide, type Sides, tensorFlowSide } from "./training-sides";

/** An epoch of MNIST; every row is scaled to it. */
const EPOCH_IMAGES = 60_000;

/** Images that a run trains on, so that the suite ends in about three minutes: multiples of the batch. */
interface Size extends Pick<Figure, "bar" | "goal"> {
  readonly images: number;
}

interface Plan extends Readonly<Record<"plain" | "tensorFlow" | "threads", Size>> {
  readonly name: string;
  readonly architecture: Architecture;
  readonly learningRate: number;
}

const PLANS: readonly Plan[] = [
  {
    name: "LeNet-300-100",
    architecture: lenet300100,
    learningRate: 0.05,
    plain: { images: 12_800, bar: 8, goal: 12 },
    tensorFlow: { images: 12_800, bar: 6 },
    threads: { images: 59_904, bar: 1.5 },
  },
  {
    name: "LeNet-5",
    architecture: lenet5,
    learningRate: 0.01,
    plain: { images: 640, bar: 4 },
    tensorFlow: { images: 2560, bar: 4 },
    threads: { images: 6400, bar: 1.5 },
  },
];

interface Duel extends Size {
  readonly plan: Plan;
  readonly figure: Pick<Figure, "name" | "peer">;
  readonly sides: Sides;
}

/** One row: the same weights on both sides, the same movement asserted, then the same images timed in turn. */
async function duel(context: CaseContext, { plan, figure, images: count, sides, bar, goal }: Duel) {
  const { architecture, learningRate } = plan;
  const batches = Math.max(1, Math.round((count * context.effort) / BATCH_SIZE));
  const images = await mnistImages(batches * BATCH_SIZE);
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

/** What our trainer on its WebAssembly kernels, on so many threads, is compared with. */
const TWINS = {
  plain: { peer: "our plain TypeScript twin", threads: 1, theirs: { kernels: "plain", threads: 1 } },
  threads: { peer: "our kernels, one thread", threads: 2, theirs: { kernels: "wasm", threads: 1 } },
} as const;

function twinCase(plan: Plan, way: keyof typeof TWINS): Case {
  const { peer, threads, theirs } = TWINS[way];
  const figure = { name: `${plan.name} epoch, ${threads === 1 ? "one thread" : "two threads"}`, peer };
  const sides: Sides = async (task) => ({
    ours: await ourSide(task, { kernels: "wasm", threads }),
    theirs: await ourSide(task, theirs),
  });
  return {
    name: `${plan.architecture.name}/${way}`,
    run: async (context) => [await duel(context, { plan, figure, sides, ...plan[way] })],
  };
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
      const sides: Sides = async (task) => ({
        ours: await ourSide(task, { kernels: "wasm", threads: 1 }),
        theirs: tensorFlowSide(tf, task, { gradients }),
      });
      const { images, bar } = plan.tensorFlow;
      return [await duel(context, { plan, figure, sides, images, bar: gradients === "own" ? bar : undefined })];
    },
  };
}

export const TRAINING_CASES: readonly Case[] = PLANS.flatMap((plan) => [
  twinCase(plan, "plain"),
  tensorFlowCase(plan, "own"),
  tensorFlowCase(plan, "rewritten"),
  twinCase(plan, "threads"),
]);
