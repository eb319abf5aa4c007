import { createHash } from "node:crypto";
import { roundToFloat16 } from "@deep-compression/bits";
import { floatTensor } from "@deep-compression/network";
import { quoted, seededRandom } from "@deep-compression/runtime";
import { cosine, createTrainer, type EpochReport, gradualPruning, initialize } from "@deep-compression/training";
import { type Checkpoint, type Position, readCheckpoint, writeCheckpoint } from "./checkpoint";
import type { Mnist } from "./mnist";
import type { Recipe, Stage } from "./recipe";
import {
  addTeacher,
  denseWeights,
  isParent,
  keepDense,
  type Run,
  type RunOptions,
  type TrainedNetworks,
  teacherLogits,
} from "./run";
import { prepareStage } from "./stage-preparation";

/** Tells runs apart: the whole recipe, the seed and the threads, on which the bits of a result depend. */
function keyOf(recipe: Recipe, { seed, threads }: RunOptions): string {
  return createHash("sha256").update(JSON.stringify({ recipe, seed, threads })).digest("hex").slice(0, 32);
}

function seconds({ clock }: Run): number {
  return (performance.now() - clock.start) / 1000;
}

async function save(run: Run, position: Position): Promise<void> {
  const { recipe, trainer, parent, options } = run;
  if (!options.checkpoint) return;
  run.clock.saved = performance.now();
  const arrays = new Map([...trainer.state(), ...parent]);
  await writeCheckpoint(options.checkpoint, keyOf(recipe, options), { position, seconds: seconds(run), arrays });
}

function epochsOf(stages: readonly Stage[]): number {
  return stages.reduce((sum, { epochs }) => sum + epochs, 0);
}

async function afterEpoch(run: Run, index: number, { epoch, loss }: EpochReport): Promise<void> {
  const { trainer, data, options, recipe } = run;
  const { stages } = recipe;
  const { title, epochs } = stages[index]!;
  const done = epochsOf(stages.slice(0, index)) + epoch;
  const secondsElapsed = seconds(run);
  options.onProgress({
    stage: title,
    stages: stages.length,
    stageIndex: index,
    epoch,
    epochs,
    loss,
    validationErrorPercent: trainer.evaluate(data.validation).errorPercent,
    secondsElapsed,
    secondsLeft: (secondsElapsed / done) * (epochsOf(stages) - done),
  });
  const due = performance.now() - run.clock.saved >= (options.checkpointSeconds ?? 10) * 1000;
  if (due && epoch < epochs) await save(run, { stage: index, epoch });
}

async function runStage(run: Run, index: number, firstEpoch: number): Promise<void> {
  const { trainer, data, recipe } = run;
  const { title, before = [], teaches, distill, gradualPruning: pruning, ...options } = recipe.stages[index]!;
  if (firstEpoch === 0) for (const preparation of before) prepareStage(run, preparation);
  const logits = teacherLogits(run);
  if (distill && !logits) throw new RangeError(`stage ${quoted(title)}: the first stage has no teacher`);
  await trainer.train(data.training, {
    ...options,
    firstEpoch,
    learningRate: cosine(options.learningRate),
    trackInputs: pruning !== undefined,
    hook: pruning && gradualPruning(pruning),
    distill: distill && logits && { logits, ...distill },
    onEpoch: (report) => afterEpoch(run, index, report),
  });
  if (index === 0) keepDense(run);
  if (index === 0 || teaches) addTeacher(run);
  await save(run, { stage: index + 1, epoch: 0 });
}

/** Rounds the codebooks to what the file will hold, so that the network that is validated is the one that is stored. */
function roundCentroids({ trainer, recipe }: Run): void {
  if (recipe.centroids !== "float16") return;
  const shared = recipe.stages.flatMap(({ before = [] }) =>
    before.flatMap((preparation) => (preparation.kind === "share" ? Object.keys(preparation.sizes) : [])),
  );
  for (const name of shared)
    if (trainer.isShared(name)) trainer.setCentroids(name, roundToFloat16(trainer.centroids(name)));
}

function resumeFrom(run: Run, checkpoint: Checkpoint): void {
  const { trainer, parent } = run;
  for (const [name, values] of checkpoint.arrays) if (isParent(name)) parent.set(name, values);
  trainer.restore(new Map([...checkpoint.arrays].filter(([name]) => !isParent(name))));
}

/** Trains by a recipe: the dense network and the compressed one, codebooks rounded to what the file will hold. */
export async function runRecipe(recipe: Recipe, data: Mnist, options: RunOptions): Promise<TrainedNetworks> {
  const network = initialize(recipe.architecture, { random: seededRandom(options.seed) });
  const trainer = await createTrainer(network, { batch: recipe.batch, threads: options.threads, seed: options.seed });
  try {
    const checkpoint = options.checkpoint
      ? await readCheckpoint(options.checkpoint, keyOf(recipe, options))
      : undefined;
    const start = performance.now() - (checkpoint?.seconds ?? 0) * 1000;
    const run: Run = { recipe, trainer, data, options, parent: new Map(), clock: { start, saved: performance.now() } };
    if (checkpoint) resumeFrom(run, checkpoint);
    const from = checkpoint?.position ?? { stage: 0, epoch: 0 };
    for (let index = from.stage; index < recipe.stages.length; index++)
      await runStage(run, index, index === from.stage ? from.epoch : 0);
    roundCentroids(run);
    const dense = network.tensors.map(({ name, shape }) =>
      floatTensor(name, shape, denseWeights(run, name) ?? new Float32Array()),
    );
    return {
      dense: { ...network, tensors: dense },
      compressed: trainer.network(),
      validationErrorPercent: trainer.evaluate(data.validation).errorPercent,
      seconds: seconds(run),
      resumed: checkpoint !== undefined,
    };
  } finally {
    await trainer.close();
  }
}
