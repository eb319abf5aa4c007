import { forward, type Pass } from "./forward-pass";
import { elements } from "./layer";
import { padded } from "./parameters";
import { float, Op, type Program } from "./program";
import type { CompileOptions, StepRule } from "./step-rule";
import { emitUpdates } from "./update-pass";

function emitLoss(options: CompileOptions, pass: Pass, rule: StepRule): void {
  const { writer, context, logits } = pass;
  const { images } = context;
  const classes = logits.channels;
  let soft = 0;
  if (rule.soft) {
    soft = options.engine.arena.allocate(images * classes * 4);
    const where = [options.addresses.order, options.data.count, options.batch, pass.firstRow];
    writer.emit(Op.GatherFloats, images, classes, rule.soft.targets, ...where, soft);
  }
  const loss = options.addresses.totals + context.thread * 16;
  const scratch = options.engine.arena.allocate(classes * 4);
  const mixture = [float(rule.soft?.share ?? 0), float(rule.soft?.temperature ?? 1)];
  writer.emit(
    Op.SoftmaxCrossEntropy,
    images,
    classes,
    logits.data,
    pass.labels,
    soft,
    ...mixture,
    logits.gradient,
    options.batch,
    loss,
    scratch,
  );
}

/**
 * One program a thread for a training step: gather, forward, loss, backward, update.
 * Without `update` the gradients are left where they are.
 */
export function compileTraining(
  options: CompileOptions,
  rule: StepRule,
  what: { readonly update: "weights" | "nothing" },
): readonly Program[] {
  return Array.from({ length: options.engine.threads }, (_, thread) => {
    const pass = forward(options, thread, rule);
    emitLoss(options, pass, rule);
    for (let index = pass.layers.length - 1; index >= 0; index--) {
      pass.layers[index].backward(pass.writer);
      const dropped = pass.dropouts.get(index);
      if (dropped?.value.gradient) {
        pass.writer.emit(
          Op.Multiply,
          padded(elements(dropped.value, pass.context.images)),
          dropped.value.gradient,
          dropped.factors,
        );
      }
    }
    if (what.update === "weights") emitUpdates(pass.writer, options, rule, thread);
    return pass.writer.place(options.engine.arena);
  });
}

/** One program a thread for an evaluation step: gather, forward, errors counted, loss added, logits kept if wanted. */
export function compileEvaluation(options: CompileOptions): readonly Program[] {
  return Array.from({ length: options.engine.threads }, (_, thread) => {
    const pass = forward(options, thread);
    const { writer, context, logits } = pass;
    const where = [options.data.count, options.batch, pass.firstRow];
    const totals = options.addresses.totals + thread * 16;
    writer.emit(Op.CountErrors, context.images, logits.channels, logits.data, pass.labels, ...where, totals + 4);
    if (options.addresses.logits)
      writer.emit(Op.StoreRows, context.images, logits.channels, logits.data, options.addresses.logits, ...where);
    return writer.place(options.engine.arena);
  });
}
