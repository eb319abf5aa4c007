import { sliceOf } from "./core";
import type { LayerContext } from "./layer";
import { type Parameter, padded } from "./parameters";
import type { Operands } from "./program";
import type { Run } from "./run";
import type { StepRule } from "./step-rule";

type UpdateTarget = Pick<Operands<"adam">, "n" | "w" | "gradients" | "stride" | "first" | "second" | "mask"> & {
  readonly name: string;
};

/** Emits Adam or SGD on n elements. */
function emitUpdate(run: Run, { emit }: LayerContext, rule: StepRule, { name, ...target }: UpdateTarget): void {
  const rateScale = rule.rateScales?.get(name) ?? 1;
  const { update, weightDecay: decay, l1 } = rule;
  const common = { ...target, threads: run.core.engine.threads, scalars: run.scalars, decay, l1 };
  if (update.kind === "sgd") emit({ op: "sgd", ...common, velocity: target.first, momentum: update.momentum });
  else emit({ op: "adam", ...common, beta1: update.beta1, beta2: update.beta2, rateScale });
}

function updateWeights(run: Run, context: LayerContext, rule: StepRule, parameter: Parameter): void {
  const { start, end } = sliceOf(padded(parameter.count) / 4, context.thread, run.core.engine.threads);
  if (start === end) return;
  const at = (address: number) => address + start * 16;
  emitUpdate(run, context, rule, {
    name: parameter.name,
    n: (end - start) * 4,
    w: at(parameter.weights),
    gradients: at(parameter.gradients),
    stride: context.parameters.gradientStride,
    first: at(parameter.moments[0]),
    second: at(parameter.moments[1]),
    mask: parameter.masked ? at(parameter.mask) : 0,
  });
}

/**
 * Every thread updates its slice of the weights; thread 0 the codebooks, after which the shared weights are written out.
 * Weight decay and L1 are for weights, not for biases or centroids.
 */
export function emitUpdates(run: Run, context: LayerContext, rule: StepRule): void {
  const { emit, thread } = context;
  const { gradientStride } = context.parameters;
  const list = context.parameters.list.filter(({ name }) => !rule.frozen?.has(name));
  for (const { shared, gradients, count } of list) {
    if (!shared) continue;
    const sums = shared.gradients + thread * shared.gradientStride;
    const own = gradients + thread * gradientStride;
    emit({ op: "groupSums", n: count, size: shared.size, gradients: own, codes: shared.codes, sums });
  }
  emit({ op: "barrier" });
  const unregularized = { ...rule, weightDecay: 0, l1: 0 };
  for (const parameter of list) {
    const { shared } = parameter;
    if (!shared) updateWeights(run, context, parameter.shape.length > 1 ? rule : unregularized, parameter);
    else if (thread === 0) {
      const { gradients, gradientStride: stride, moments, mask, centroids: w } = shared;
      const [first, second] = moments;
      const n = padded(shared.size);
      emitUpdate(run, context, unregularized, { name: parameter.name, n, w, gradients, stride, first, second, mask });
    }
  }
  emit({ op: "barrier" });
  const sharedOnes = list.filter((parameter) => parameter.shared);
  for (const { shared, weights, count } of sharedOnes) {
    const { start, end } = sliceOf(count, thread, run.core.engine.threads);
    if (!shared || end === start) continue;
    const { centroids, codes } = shared;
    emit({ op: "dequantize", n: end - start, centroids, codes: codes + start * 2, w: weights + start * 4 });
  }
  if (sharedOnes.length > 0) emit({ op: "barrier" });
}
