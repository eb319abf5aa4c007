import { createHash } from "node:crypto";
import { roundToFloat16, seededRandom } from "@deep-compression/bits";
import { floatTensor, floatValues, type Network } from "@deep-compression/network";
import {
  cosine,
  createTrainer,
  gradualPruning,
  initialize,
  prune,
  removeUnits,
  type Samples,
  shareWeights,
  type Trainer,
} from "@deep-compression/training";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint";
import type { Mnist } from "./mnist";
import type { Action, Recipe, Stage } from "./recipe";

/** What a run reports after every epoch. */
export interface Progress {
  readonly stage: string;
  readonly stages: number;
  /** From 0. */
  readonly stageIndex: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly validationErrorPercent?: number;
  readonly secondsElapsed: number;
  readonly secondsLeft: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly threads: number;
  /** Where the run is kept from time to time; it goes on from there if it was interrupted. Undefined: nowhere. */
  readonly checkpoint?: string;
  /** Seconds between checkpoints within a stage. Default 10. */
  readonly checkpointSeconds?: number;
  readonly onProgress: (progress: Progress) => void;
}

export interface TrainedNetworks {
  readonly dense: Network;
  readonly compressed: Network;
  /** Of the compressed network. */
  readonly validationErrorPercent: number;
  /** Seconds of training, those before an interruption included. */
  readonly seconds: number;
  readonly resumed: boolean;
}

const TEACHERS = "teachers";
const TEACHER_LOGITS = "teacher-logits";
const DENSE = "dense:";

interface Run {
  readonly recipe: Recipe;
  readonly trainer: Trainer;
  readonly data: Mnist;
  readonly options: RunOptions;
  /** The dense network's tensors, how many teachers there are, and the sum of their logits of the training images. */
  readonly parent: Map<string, Float32Array>;
  readonly clock: { readonly start: number; saved: number };
}

/** Tells runs apart: the whole recipe, the seed and the threads, on which the bits of a result depend. */
function keyOf(recipe: Recipe, { seed, threads }: RunOptions): string {
  return createHash("sha256").update(JSON.stringify({ recipe, seed, threads })).digest("hex").slice(0, 32);
}

function seconds({ clock }: Run): number {
  return (performance.now() - clock.start) / 1000;
}

/** Sets the weights of inputs that are zero in every sample to zero. */
function clearDeadInputs(trainer: Trainer, samples: Samples, name: string): void {
  const weights = trainer.weights(name);
  const size = samples.inputs.length / samples.labels.length;
  const live = new Uint8Array(size);
  for (let i = 0; i < samples.inputs.length; i++) if (samples.inputs[i] !== 0) live[i % size] = 1;
  trainer.setWeights(
    name,
    weights.map((weight, i) => (live[i % size] === 1 ? weight : 0)),
  );
}

function setAll(trainer: Trainer, values: (name: string) => Float32Array | undefined): void {
  for (const name of trainer.names) trainer.setWeights(name, values(name) ?? trainer.weights(name));
}

/** Streams of one seed must not meet those of the next: seeds are small numbers. */
const SEEDS_APART = 1_000_003;

function freshWeights({ recipe, options }: Run, stream: number): Map<string, Float32Array> {
  const random = seededRandom(options.seed + stream * SEEDS_APART);
  return new Map(
    initialize(recipe.architecture, { random }).tensors.map((tensor) => [tensor.name, floatValues(tensor)]),
  );
}

function act(run: Run, action: Action): void {
  const { trainer, data, parent } = run;
  if (action.kind === "clear-dead-inputs") clearDeadInputs(trainer, data.training, action.weight);
  else if (action.kind === "initialize") {
    const weights = freshWeights(run, action.stream);
    setAll(trainer, (name) => weights.get(name));
  } else if (action.kind === "return-to-dense") setAll(trainer, (name) => parent.get(`${DENSE}${name}`));
  else if (action.kind === "prune") prune(trainer, action);
  else if (action.kind === "remove-units") removeUnits(trainer);
  else shareWeights(trainer, action);
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

/** The network in training becomes one of the teachers. */
function addTeacher({ trainer, data, parent }: Run): void {
  const sum = parent.get(TEACHER_LOGITS);
  const logits = trainer.logits(data.training);
  parent.set(TEACHER_LOGITS, sum ? logits.map((logit, i) => logit + sum[i]) : logits);
  parent.set(TEACHERS, Float32Array.of((parent.get(TEACHERS)?.[0] ?? 0) + 1));
}

/** Mean logits of the teachers, or undefined before there are any. */
function teacherLogits({ parent }: Run): Float32Array | undefined {
  const count = parent.get(TEACHERS)?.[0] ?? 0;
  return parent.get(TEACHER_LOGITS)?.map((sum) => sum / count);
}

async function runStage(run: Run, index: number, firstEpoch: number): Promise<void> {
  const { trainer, data, recipe } = run;
  const stage = recipe.stages[index];
  if (firstEpoch === 0) for (const action of stage.before ?? []) act(run, action);
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
  if (index === 0) for (const name of trainer.names) run.parent.set(`${DENSE}${name}`, trainer.weights(name));
  if (index === 0 || stage.teaches) addTeacher(run);
  await save(run, index + 1, 0);
}

/** Rounds the codebooks to what the file will hold, so that the network that is validated is the one that is stored. */
function roundCentroids({ trainer, recipe }: Run): void {
  if (recipe.centroids !== "float16") return;
  const shared = recipe.stages.flatMap(({ before = [] }) =>
    before.flatMap((action) => (action.kind === "share" ? Object.keys(action.sizes) : [])),
  );
  for (const name of shared)
    if (trainer.isShared(name)) trainer.setCentroids(name, roundToFloat16(trainer.centroids(name)));
}

function resumeFrom(run: Run, checkpoint: Checkpoint): void {
  const { trainer, parent } = run;
  for (const [name, values] of checkpoint.arrays)
    if (name === TEACHERS || name === TEACHER_LOGITS || name.startsWith(DENSE)) parent.set(name, values);
  trainer.restore(new Map([...checkpoint.arrays].filter(([name]) => !parent.has(name))));
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
      floatTensor(name, shape, run.parent.get(`${DENSE}${name}`) ?? new Float32Array()),
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
