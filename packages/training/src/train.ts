import { SCALARS, Scalar } from "../assembly/words";
import { openScope, withScope } from "./arena";
import { compileTraining } from "./compile";
import type { Core } from "./core";
import { mix } from "./hash";
import { startTracking } from "./input-rms";
import { prepareRun, type Run, runPrograms, totalLoss } from "./run";
import { type Samples, shuffle } from "./samples";
import { constant } from "./schedule";
import { ruleOf, type StepRule } from "./step-rule";
import {
  checkScheduled,
  checkTrainOptions,
  type LossOptions,
  type TrainOptions,
  type UpdateRule,
} from "./train-options";

/** Steps between looks at the event loop. */
const STEPS_AT_ONCE = 64;

function clearMoments({ engine, parameters }: Core): void {
  const clear = (moments: readonly number[], count: number) => {
    for (const moment of moments) engine.arena.floats(moment, count).fill(0);
  };
  for (const { moments, count, shared } of parameters.list) {
    clear(moments, count);
    if (shared) clear(shared.moments, shared.size);
  }
}

/** The scalars of a step; the bias corrections of Adam (1412.6980, section 2) go into rate and epsilon. */
export function writeScalars(
  row: Float32Array,
  values: { rate: number; step: number; rule: UpdateRule; l1: number; seed: number },
): void {
  const { rate, step, rule, l1, seed } = values;
  row[Scalar.Rate] = rate;
  if (rule.kind === "adam") {
    const correction = Math.sqrt(1 - rule.beta2 ** (step + 1));
    row[Scalar.AdamRate] = (rate * correction) / (1 - rule.beta1 ** (step + 1));
    row[Scalar.AdamEpsilon] = 1e-8 * correction;
  }
  row[Scalar.L1Scale] = l1;
  new Uint32Array(row.buffer, row.byteOffset, SCALARS)[Scalar.DropoutSeed] = mix(seed + step);
}

/** Order of the samples and scalars of the steps of one epoch, and totals of zero. */
function prepareEpoch<T>(run: Run, rule: StepRule, options: TrainOptions<T>, epoch: number): void {
  const { engine, batch, seed } = run.core;
  const { arena } = engine;
  const perEpoch = Math.floor(run.data.count / batch);
  const l1Schedule = options.l1Schedule ?? constant(1);
  shuffle(arena.ints(run.order, run.data.count), mix(seed) + epoch);
  for (let i = 0; i < perEpoch; i++) {
    const step = epoch * perEpoch + i;
    const done = step / (options.epochs * perEpoch);
    const row = arena.floats(run.scalars + i * SCALARS * 4, SCALARS);
    const rate = checkScheduled("learningRate", options.learningRate(done));
    const l1 = checkScheduled("l1Schedule", l1Schedule(done));
    writeScalars(row, { rate, step, rule: rule.update, l1, seed: mix(seed ^ 0x5eed) });
  }
  arena.ints(run.totals, 4 * engine.threads).fill(0);
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
  const count = samples.labels.length;
  const perEpoch = Math.floor(count / batch);
  const scope = openScope(engine.arena);
  try {
    const run = prepareRun(core, scope, samples, count);
    const rule = ruleOf(run, scope, options, count);
    if (firstEpoch === 0) {
      clearMoments(core);
      if (options.trackInputs) startTracking(core);
    }
    if (hook) for (const parameter of parameters.list) if (parameter.shape.length > 1) parameter.masked = true;
    for (let epoch = firstEpoch; epoch < epochs; epoch++) {
      prepareEpoch(run, rule, options, epoch);
      for (let first = 0; first < perEpoch; ) {
        const step = epoch * perEpoch + first;
        if (hook && step % hook.steps === 0) hook.run(trainer, step / (epochs * perEpoch));
        const untilHook = hook ? hook.steps - (step % hook.steps) : perEpoch;
        const steps = Math.min(STEPS_AT_ONCE, untilHook, perEpoch - first);
        runPrograms(core, { first, steps }, (thread, room) =>
          compileTraining(run, room, thread, rule, { update: "weights" }),
        );
        tracking.batches += steps;
        first += steps;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await options.onEpoch?.({ epoch: epoch + 1, epochs, loss: totalLoss(run) / (perEpoch * batch) });
    }
  } finally {
    scope.release();
  }
}

/** Loss and gradients of the first batch, in the samples' own order; nothing is changed. */
export function gradients(core: Core, samples: Samples, options: LossOptions) {
  const { engine, batch } = core;
  checkBatch(core, samples);
  return withScope(engine.arena, (scope) => {
    const run = prepareRun(core, scope, samples, batch);
    const rule = ruleOf(run, scope, { ...options, trackInputs: false }, samples.labels.length);
    runPrograms(core, { first: 0, steps: 1 }, (thread, room) =>
      compileTraining(run, room, thread, rule, { update: "nothing" }),
    );
    return { loss: totalLoss(run) / batch, gradients: summedGradients(core) };
  });
}

/** The gradients that a step left, the threads' added. */
export function summedGradients({ engine, parameters }: Core): ReadonlyMap<string, Float32Array> {
  const sums = parameters.list.map(({ name, gradients: address, count }): [string, Float32Array] => {
    const sum = new Float32Array(count);
    for (let t = 0; t < engine.threads; t++) {
      const own = engine.arena.floats(address + t * parameters.gradientStride, count);
      for (let i = 0; i < count; i++) sum[i]! += own[i]!;
    }
    return [name, sum];
  });
  return new Map(sums);
}
