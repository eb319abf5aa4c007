import { type Parameter, padded } from "./parameters";
import { float, Op, type ProgramWriter } from "./program";
import { type CompileOptions, type StepRule, share } from "./step-rule";

/** Emits Adam or SGD on n elements from `offset` on. */
function emitUpdate(writer: ProgramWriter, options: CompileOptions, rule: StepRule, target: UpdateTarget): void {
  const { w, gradients, stride, moments, mask, n, decay } = target;
  const threads = options.engine.threads;
  const regular = [float(decay ? rule.weightDecay : 0), float(decay ? rule.l1 : 0)];
  const { scalars } = options.addresses;
  if (rule.update.kind === "sgd") {
    writer.emit(
      Op.Sgd,
      n,
      w,
      gradients,
      stride,
      threads,
      moments[0],
      mask,
      scalars,
      float(rule.update.momentum),
      ...regular,
    );
  } else {
    const { beta1, beta2 } = rule.update;
    writer.emit(
      Op.Adam,
      n,
      w,
      gradients,
      stride,
      threads,
      moments[0],
      moments[1],
      mask,
      scalars,
      float(beta1),
      float(beta2),
      ...regular,
    );
  }
}

interface UpdateTarget {
  readonly n: number;
  readonly w: number;
  readonly gradients: number;
  readonly stride: number;
  readonly moments: readonly [number, number];
  readonly mask: number;
  /** Weight decay and L1 are for weights, not for biases or centroids. */
  readonly decay: boolean;
}

function updateWeights(
  writer: ProgramWriter,
  options: CompileOptions,
  rule: StepRule,
  parameter: Parameter,
  thread: number,
): void {
  const { start, end } = share(padded(parameter.count) / 4, thread, options.engine.threads);
  if (start === end) return;
  const at = (address: number) => address + start * 16;
  emitUpdate(writer, options, rule, {
    n: (end - start) * 4,
    w: at(parameter.weights),
    gradients: at(parameter.gradients),
    stride: options.parameters.gradientStride,
    moments: [at(parameter.moments[0]), at(parameter.moments[1])],
    mask: parameter.masked ? at(parameter.mask) : 0,
    decay: parameter.shape.length > 1,
  });
}

/** Every thread updates its slice of the weights; thread 0 the codebooks, after which the shared weights are written out. */
export function emitUpdates(writer: ProgramWriter, options: CompileOptions, rule: StepRule, thread: number): void {
  const { list, gradientStride } = options.parameters;
  for (const { shared, gradients, count } of list) {
    if (!shared) continue;
    const own = shared.gradients + thread * shared.gradientStride;
    writer.emit(Op.GroupSums, count, shared.size, gradients + thread * gradientStride, shared.codes, own);
  }
  writer.emit(Op.Barrier);
  for (const parameter of list) {
    const { shared } = parameter;
    if (!shared) updateWeights(writer, options, rule, parameter, thread);
    else if (thread === 0) {
      const { gradients, gradientStride: stride, moments, mask, centroids: w } = shared;
      emitUpdate(writer, options, rule, { n: padded(shared.size), w, gradients, stride, moments, mask, decay: false });
    }
  }
  writer.emit(Op.Barrier);
  const sharedOnes = list.filter((parameter) => parameter.shared);
  for (const { shared, weights, count } of sharedOnes) {
    const { start, end } = share(count, thread, options.engine.threads);
    if (shared && end > start)
      writer.emit(Op.Expand, end - start, shared.centroids, shared.codes + start * 2, weights + start * 4);
  }
  if (sharedOnes.length > 0) writer.emit(Op.Barrier);
}
