import { createHash } from "node:crypto";
import { roundToFloat16 } from "@deep-compression/bits";
import { floatTensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { cosine, createTrainer, gradualPruning, initialize } from "@deep-compression/training";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint";
import type { Mnist } from "./mnist";
import type { Recipe, Stage } from "./recipe";
import type { Run, RunOptions, TrainedNetworks } from "./run";
import { prepareStage } from "./stage-preparation";
import { addTeacher, denseWeights, isParent, keepDense, teacherLogits } from "./teachers";

/** Tells runs apart: the whole recipe, the seed and the threads, on which the bits of a result depend. */
function keyOf(recipe: Recipe, { seed, threads }: RunOptions): string {
  return createHash("sha256").update(JSON.stringify({ recipe, seed, threads })).digest("hex").slice(0, 32);
}

function seconds({ clock }: Run): number {
  return (performance.now() - clock.start) / 1000;
}

async function save(run: Run, stage: number, epoch: number): Promise<void> {
  const { checkpoint } = run.options;
  if (!checkpoint) return;
  run.clock.saved = performance.now();
  const arrays = new Map([...run.trainer.state(), ...run.parent]);
  await writeCheckpoint(checkpoint, keyOf(run.recipe, run.options), {
    position: { stage, epoch },
    seconds: seconds(run),
    arrays,
  });
}

/** Epochs done before a stage, and in all. */
function epochCounts({ stages }: Recipe, stage: number): { readonly before: number; readonly all: number } {
  const total = (list: readonly Stage[]) => list.reduce((sum, { epochs }) => sum + epochs, 0);
  return { before: total(stages.slice(0, stage)), all: total(stages) };
}

async function afterEpoch(
  run: Run,
  index: number,
  report: { readonly epoch: number; readonly loss: number },
): Promise<void> {
  const { recipe, trainer, data, options } = run;
  const stage = recipe.stages[index];
  const { before, all } = epochCounts(recipe, index);
  const done = before + report.epoch;
  const secondsElapsed = seconds(run);
  options.onProgress({
    stage: stage.title,
    stages: recipe.stages.length,
    stageIndex: index,
    epoch: report.epoch,
    epochs: stage.epochs,
    loss: report.loss,
    validationErrorPercent: trainer.evaluate(data.validation).errorPercent,
    secondsElapsed,
    secondsLeft: (secondsElapsed / done) * (all - done),
  });
  const due = performance.now() - run.clock.saved >= (options.checkpointSeconds ?? 10) * 1000;
  if (due && report.epoch < stage.epochs) await save(run, index, report.epoch);
}

async function runStage(run: Run, index: number, firstEpoch: number): Promise<void> {
  const { trainer, data, recipe } = run;
  const stage = recipe.stages[index];
  if (firstEpoch === 0) for (const preparation of stage.before ?? []) prepareStage(run, preparation);
  const logits = teacherLogits(run);
  if (stage.distill && !logits) throw new RangeError(`stage "${stage.title}": the first stage has no teacher`);
  await trainer.train(data.training, {
    epochs: stage.epochs,
    firstEpoch,
    learningRate: cosine(stage.learningRate),
    optimizer: stage.optimizer,
    dropout: stage.dropout,
    weightDecay: stage.weightDecay,
    l1: stage.l1,
    trackInputs: stage.gradualPruning !== undefined,
    hook: stage.gradualPruning && gradualPruning(stage.gradualPruning),
    distill: stage.distill && logits && { logits, ...stage.distill },
    onEpoch: (report) => afterEpoch(run, index, report),
  });
  if (index === 0) keepDense(run);
  if (index === 0 || stage.teaches) addTeacher(run);
  await save(run, index + 1, 0);
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
    const { stage: firstStage, epoch: firstEpoch } = checkpoint?.position ?? { stage: 0, epoch: 0 };
    for (let index = firstStage; index < recipe.stages.length; index++)
      await runStage(run, index, index === firstStage ? firstEpoch : 0);
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
