import type { Scope } from "./arena";
import { forward } from "./forward-pass";
import { elements, type Value } from "./layer";
import { padded } from "./parameters";
import type { Program } from "./program";
import { flattened } from "./rearranging-layers";
import type { Run } from "./run";
import type { StepRule } from "./step-rule";
import { emitUpdates } from "./update-pass";

/** What an output is trained towards. */
export interface OutputTarget {
  readonly name: string;
  /** Address of its values for every sample. */
  readonly targets: number;
  /** The mean over the samples of the sum of squares. */
  readonly energy: number;
}

/**
 * One thread's program of a step towards the outputs of another network: gather, forward, squared error of each output over its
 * energy, backward, update. Without `update` the gradients are left where they are.
 */
export function compileDistillation(
  run: Run,
  scope: Scope,
  thread: number,
  {
    rule,
    outputs,
    update,
  }: {
    readonly rule: StepRule;
    readonly outputs: readonly OutputTarget[];
    readonly update: "weights" | "nothing";
  },
): Program {
  const pass = forward(run, scope, thread, rule);
  const { context, position, layers } = pass;
  const { emit, images } = context;
  const loss = run.totals + thread * 16;
  const backwards = outputs.map(({ name, targets: data, energy }) => {
    const value = trainedOutput(name, pass.outputs.get(name));
    const rows = flattened(context, value);
    const size = elements(value, 1);
    const targets = scope.allocate(padded(images * size) * 4);
    emit({ op: "gatherFloats", rows: images, size, order: run.order, ...position, out: targets, data });
    const { data: y, gradient } = rows.output;
    const factor = 1 / (run.core.batch * energy);
    emit({ op: "squaredError", n: images * size, y, targets, factor, gradient, loss });
    return rows.backward;
  });
  for (const backward of backwards) backward();
  for (let index = layers.length - 1; index >= 0; index--) pass.backward(index);
  if (update === "weights") emitUpdates(run, context, rule);
  return pass.program;
}

function trainedOutput(name: string, value: Value | undefined): Value {
  if (value?.gradient) return value;
  throw new RangeError(`output ${JSON.stringify(name)}: expected one that nodes compute`);
}
