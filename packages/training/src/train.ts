import { SCALARS } from "../assembly/op";
import { checkLossOptions, checkScheduled, checkTrainOptions } from "./check-options";
import { compileTraining } from "./compile";
import { type Core, clearTotals, prepareRun, totalLoss } from "./core";
import { type Distillation, softTargets } from "./distillation";
import { mix } from "./hash";
import { startTracking, TRACK_DECAY } from "./input-rms";
import type { Samples } from "./samples";
import { shuffle } from "./samples";
import { constant, type Schedule } from "./schedule";
import type { CompileOptions, StepRule, UpdateRule } from "./step-rule";

export interface EpochReport {
  /** Epochs done, of `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the epoch's samples. */
  readonly loss: number;
}

/** Work between steps, such as pruning: before the steps 0, `steps`, 2 * `steps`, ... */
export interface Hook<T> {
  readonly steps: number;
  /** `done`: the part of the stage that is done, 0 to 1. */
  readonly run: (trainer: T, done: number) => void;
}

/** How a loss becomes a change of the weights. */
export interface LossOptions {
  readonly distill?: Distillation;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout?: Readonly<Record<string, number>>;
  /** Default: Adam with 0.9 and 0.999. */
  readonly optimizer?: UpdateRule;
  /** SGD: an L2 term; Adam: decoupled. Weights only. Default 0. */
  readonly weightDecay?: number;
  /** Slope of an L1 term, added to the gradient before the optimizer sees it. Weights only. Default 0. */
  readonly l1?: number;
  /** Whether the running rms of the layers' inputs is kept (for `inputRms`). Default false. */
  readonly trackInputs?: boolean;
}

export interface TrainOptions<T> extends LossOptions {
  readonly epochs: number;
  /** Epochs that a restored state has behind it; they are not run again. Default 0. */
  readonly firstEpoch?: number;
  readonly learningRate: Schedule;
  /** Scale of `l1` over the stage. Default constant 1. */
  readonly l1Schedule?: Schedule;
  readonly hook?: Hook<T>;
  /** Called after every epoch; what it returns is awaited. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

/** Steps between looks at the event loop. */
const STEPS_AT_ONCE = 64;

function softOf(core: Core, distill: Distillation, count: number): StepRule["soft"] {
  const { logits, share = 0.5, temperature = 3 } = distill;
  if (logits.length !== count * core.classes) {
    throw new RangeError(`distill.logits: expected ${count} rows of ${core.classes}, got ${logits.length} numbers`);
  }
  const targets = core.engine.arena.allocate(logits.byteLength);
  core.engine.arena.floats(targets, logits.length).set(softTargets(logits, { classes: core.classes, temperature }));
  return { targets, share, temperature };
}

function ruleOf(core: Core, options: LossOptions, count: number): StepRule {
  checkLossOptions(options);
  for (const name of Object.keys(options.dropout ?? {})) {
    if (core.parameters.named(name).shape.length === 1)
      throw new RangeError(`dropout: expected the names of weights, got "${name}"`);
  }
  return {
    update: options.optimizer ?? { kind: "adam", beta1: 0.9, beta2: 0.999 },
    weightDecay: options.weightDecay ?? 0,
    l1: options.l1 ?? 0,
    dropout: options.dropout ?? {},
    soft: options.distill && softOf(core, options.distill, count),
    trackers: options.trackInputs ? core.tracking.addresses : undefined,
    trackDecay: TRACK_DECAY,
  };
}

function clearMoments({ engine, parameters }: Core): void {
  const clear = (moments: readonly number[], count: number) => {
    for (const moment of moments) engine.arena.floats(moment, count).fill(0);
  };
  for (const { moments, count, shared } of parameters.list) {
    clear(moments, count);
    if (shared) clear(shared.moments, shared.size);
  }
}

/** The numbers that differ from step to step; the bias corrections of Adam (1412.6980, section 2) go into rate and epsilon. */
function writeScalars(
  row: Float32Array,
  values: { rate: number; step: number; rule: UpdateRule; l1: number; seed: number },
): void {
  const { rate, step, rule, l1, seed } = values;
  row[0] = rate;
  if (rule.kind === "adam") {
    const correction = Math.sqrt(1 - rule.beta2 ** (step + 1));
    row[1] = (rate * correction) / (1 - rule.beta1 ** (step + 1));
    row[2] = 1e-8 * correction;
  }
  row[3] = l1;
  new Uint32Array(row.buffer, row.byteOffset, SCALARS)[4] = mix(seed + step);
}

/** Order of the samples and scalars of the steps of one epoch. */
function prepareEpoch<T>(
  core: Core,
  run: CompileOptions,
  rule: StepRule,
  options: TrainOptions<T>,
  epoch: number,
): void {
  const { arena } = core.engine;
  const perEpoch = Math.floor(run.data.count / core.batch);
  const l1Schedule = options.l1Schedule ?? constant(1);
  shuffle(arena.ints(run.addresses.order, run.data.count), mix(core.seed) + epoch);
  for (let i = 0; i < perEpoch; i++) {
    const step = epoch * perEpoch + i;
    const done = step / (options.epochs * perEpoch);
    const row = arena.floats(run.addresses.scalars + i * SCALARS * 4, SCALARS);
    const seed = mix(core.seed ^ 0x5eed);
    const rate = checkScheduled("learningRate", options.learningRate(done));
    const l1 = checkScheduled("l1Schedule", l1Schedule(done));
    writeScalars(row, { rate, step, rule: rule.update, l1, seed });
  }
  clearTotals(run);
}

function checkBatch({ batch }: Core, { labels }: Samples): void {
  if (labels.length < batch)
    throw new RangeError(`samples: expected at least a batch of ${batch}, got ${labels.length}`);
}

/** Trains for the epochs left. Samples that do not fill a batch are left out; the order is new every epoch. */
export async function train<T>(core: Core, trainer: T, samples: Samples, options: TrainOptions<T>): Promise<void> {
  const { epochs, firstEpoch = 0, hook } = options;
  const { engine, parameters, tracking, batch } = core;
  checkTrainOptions(options);
  checkBatch(core, samples);
  const perEpoch = Math.floor(samples.labels.length / batch);
  if (firstEpoch === 0) {
    clearMoments(core);
    if (options.trackInputs) startTracking(core);
  }
  if (hook) for (const parameter of parameters.list) if (parameter.shape.length > 1) parameter.masked = true;
  const run = prepareRun(core, samples, 0);
  const rule = ruleOf(core, options, run.data.count);
  const programs = compileTraining(run, rule, { update: "weights" });
  for (let epoch = firstEpoch; epoch < epochs; epoch++) {
    prepareEpoch(core, run, rule, options, epoch);
    for (let first = 0; first < perEpoch; ) {
      const step = epoch * perEpoch + first;
      if (hook && step % hook.steps === 0) hook.run(trainer, step / (epochs * perEpoch));
      const untilHook = hook ? hook.steps - (step % hook.steps) : perEpoch;
      const steps = Math.min(STEPS_AT_ONCE, untilHook, perEpoch - first);
      engine.run(programs, { first, steps });
      tracking.batches += steps;
      first += steps;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await options.onEpoch?.({ epoch: epoch + 1, epochs, loss: totalLoss(run) / (perEpoch * batch) });
  }
}

/** Loss and gradients of the first batch, in the samples' own order; nothing is changed. */
export function gradients(core: Core, samples: Samples, options: LossOptions) {
  const { engine, parameters } = core;
  checkBatch(core, samples);
  const run = prepareRun(core, samples, 0);
  const rule = ruleOf(core, { ...options, trackInputs: false }, run.data.count);
  engine.run(compileTraining(run, rule, { update: "nothing" }), { first: 0, steps: 1 });
  const sums = parameters.list.map(({ name, gradients: address, count }): [string, Float32Array] => {
    const sum = new Float32Array(count);
    for (let t = 0; t < engine.threads; t++) {
      const own = engine.arena.floats(address + t * parameters.gradientStride, count);
      for (let i = 0; i < count; i++) sum[i] += own[i];
    }
    return [name, sum];
  });
  return { loss: totalLoss(run) / core.batch, gradients: new Map(sums) as ReadonlyMap<string, Float32Array> };
}
