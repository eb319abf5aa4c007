import type { Scope } from "./arena";
import { emitLabels, forward, type Pass } from "./forward-pass";
import { elements } from "./layer";
import { padded } from "./parameters";
import type { Program } from "./program";
import type { Run } from "./run";
import type { StepRule } from "./step-rule";
import { emitUpdates } from "./update-pass";

function emitLoss(run: Run, pass: Pass, { soft }: StepRule): void {
  const { context, position, last: logits } = pass;
  const { emit, images: rows, scope, thread } = context;
  const labels = emitLabels(run, pass);
  const { channels: classes, data, gradient } = logits;
  const targets = soft ? scope.allocate(rows * classes * 4) : 0;
  const gathered = { rows, size: classes, order: run.order, ...position, out: targets };
  if (soft) emit({ op: "gatherFloats", ...gathered, data: soft.targets });
  emit({
    op: "softmaxCrossEntropy",
    rows,
    classes,
    logits: data,
    labels,
    soft: targets,
    fraction: soft?.fraction ?? 0,
    temperature: soft?.temperature ?? 1,
    gradient,
    batch: position.batch,
    loss: run.totals + thread * 16,
    scratch: scope.allocate(classes * 4),
  });
}

/**
 * One thread's program of a training step: gather, forward, loss, backward, update.
 * Without `update` the gradients are left where they are.
 */
export function compileTraining(
  run: Run,
  scope: Scope,
  thread: number,
  rule: StepRule,
  what: { readonly update: "weights" | "nothing" },
): Program {
  const pass = forward(run, scope, thread, rule);
  const { context, layers, dropouts } = pass;
  emitLoss(run, pass, rule);
  for (let index = layers.length - 1; index >= 0; index--) {
    pass.backward(index);
    const dropped = dropouts.get(index);
    if (!dropped?.value.gradient) continue;
    const n = padded(elements(dropped.value, context.images));
    context.emit({ op: "multiply", n, a: dropped.value.gradient, b: dropped.factors });
  }
  if (what.update === "weights") emitUpdates(run, context, rule);
  return pass.program;
}

/**
 * One thread's program of an evaluation step: gather, forward, errors counted, and the logits of every sample kept at
 * the address `logits` (0: nowhere).
 */
export function compileEvaluation(run: Run, scope: Scope, thread: number, logits: number): Program {
  const pass = forward(run, scope, thread);
  const { program, context, position, last: own } = pass;
  const labels = emitLabels(run, pass);
  const { emit, images: rows } = context;
  const errors = run.totals + thread * 16 + 4;
  emit({ op: "countErrors", rows, classes: own.channels, logits: own.data, labels, ...position, errors });
  if (logits) emit({ op: "storeRows", rows, size: own.channels, source: own.data, target: logits, ...position });
  return program;
}
