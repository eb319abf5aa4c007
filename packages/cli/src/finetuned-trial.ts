import { isFloatType, type Network, numericValues, type Tensor, tensorUses } from "@deep-compression/network";
import type { Executor, Goal, NamedTensors } from "@deep-compression/network-calibration";
import { type FinetuneOptions, finetune, trainingProblem } from "@deep-compression/training";
import { type CalibrationTrial, type TrialContext, trialOf } from "./calibration-trial";
import { digitsOf, withDigitsOf } from "./few-digits";
import { outputsOf } from "./network-outputs";
import type { RunnableNetwork } from "./whole-network";

/** What training the shared values of a trial did. Errors are the largest of the outputs, on items held out. */
export interface FinetuningReport {
  readonly steps: number;
  readonly errorBefore: number;
  readonly errorAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Whether the trained values are those that were taken, or else why not. */
  readonly taken: true | "no better" | "over the size" | "over the drop";
}

/** @throws Error for a model that training does not know, which names all that it lacks in one line */
export function assertFinetunable(network: Network): void {
  const problem = trainingProblem(network);
  if (problem !== undefined) throw new Error(`--finetune: ${problem}; leave it out`);
}

/** The network with the sizes of inputs that arrays have. */
export function withInputShapes(network: RunnableNetwork, arrays: NamedTensors): RunnableNetwork {
  const inputs = network.graph.inputs.map((input) => {
    const array = arrays.get(input.name);
    return array === undefined ? input : { ...input, shape: ["N", ...array.shape.slice(1)] };
  });
  return { ...network, graph: { ...network.graph, inputs } };
}

/** What a trial is trained with. */
export interface FinetuningContext extends TrialContext {
  readonly steps: number;
  readonly goal: Goal;
  /** What weights were fitted to. */
  readonly batches: readonly NamedTensors[];
  readonly heldOut: readonly NamedTensors[];
  readonly executor: Executor;
  readonly onStep?: FinetuneOptions["onStep"];
  readonly signal?: AbortSignal;
}

/** Threads that train, fewer than the items if these are few: the same everywhere, since the sums depend on them. */
const THREADS = 4;

/** Bits of biases and factors that are given up, one by one, where the file is over its size. */
const MOST_BITS_LESS = 4;

/**
 * Trains the shared values of a trial, its biases and normalizations towards the outputs of the model itself, on the items that it was
 * fitted to. What comes out is taken if it is better on the items held out, and meets the goal's size or drop of accuracy.
 */
export async function finetunedTrial(
  trial: CalibrationTrial,
  context: FinetuningContext,
): Promise<{ readonly trial: CalibrationTrial; readonly report: FinetuningReport }> {
  const { network, steps, goal, heldOut, executor } = context;
  const trained = await trainedTensors(trial, context);
  const dense = await outputsOf(network, heldOut, executor);
  const most = "bytes" in goal ? goal.bytes : Number.POSITIVE_INFINITY;
  const finetuning = { steps, errorBefore: trial.outputError };
  const certified = { ...context.certified, ...(Number.isFinite(trial.outputError) && { finetuning }) };
  const tryWith = async (bitsLess: number) => {
    const tensors = new Map(
      [...trial.tensors].map(([name, tensor]) => [name, coded(tensor, trained.get(name), bitsLess)]),
    );
    const compressed = await outputsOf(withTensors(network, tensors), heldOut, executor);
    return trialOf({ ...trial, tensors, outputs: { dense, compressed } }, { ...context, certified });
  };
  let found = await tryWith(0);
  for (let less = 1; less <= MOST_BITS_LESS && found.bytes > most; less++) found = await tryWith(less);
  const taken = whyNotTaken(trial, found, goal);
  const report: FinetuningReport = {
    steps,
    errorBefore: trial.outputError,
    errorAfter: found.outputError,
    bytesBefore: trial.bytes,
    bytesAfter: found.bytes,
    taken,
  };
  return { trial: taken === true ? found : trial, report };
}

function whyNotTaken(before: CalibrationTrial, after: CalibrationTrial, goal: Goal): FinetuningReport["taken"] {
  if ("bytes" in goal && after.bytes > goal.bytes) return "over the size";
  if (!(after.outputError < before.outputError)) return "no better";
  if ("drop" in goal && !((after.drop ?? 0) <= Math.max(goal.drop, before.drop ?? 0))) return "over the drop";
  return true;
}

/** The tensors of a trial after so many steps. Weights that the trial left as they were stay. */
async function trainedTensors(
  trial: CalibrationTrial,
  { network, steps, batches, executor, onStep, signal }: FinetuningContext,
): Promise<NamedTensors> {
  const uses = tensorUses(network);
  const trained = new Set(trial.tensors.keys());
  for (const { name } of network.tensors)
    if (uses.get(name)?.isWeight && !trial.tensors.has(name)) trained.delete(name);
  const outputs = await outputsOf(network, batches, executor);
  const names = network.graph.outputs.map(({ name }) => name).filter((name) => isFloat(outputs[0]?.get(name)));
  const input = batches[0]!.keys().next().value!;
  const samples = {
    count: batches.reduce((sum, batch) => sum + batch.get(input)!.shape[0]!, 0),
    inputs: joined(batches, input),
    outputs: new Map(names.map((name) => [name, joined(outputs, name)])),
  };
  const shaped = withInputShapes(withTensors(network, trial.tensors), batches[0]!);
  const { tensors } = await finetune(shaped, samples, {
    steps,
    seed: 1,
    threads: Math.min(THREADS, samples.count),
    trained,
    ...(onStep && { onStep }),
    ...(signal && { signal }),
  });
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function isFloat(tensor: Tensor | undefined): boolean {
  return tensor !== undefined && isFloatType(tensor.type);
}

/** One value of all batches, one behind the other. */
function joined(batches: readonly NamedTensors[], name: string): Float32Array {
  const parts = batches.map((batch) => numericValues(batch.get(name)!));
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(Float32Array.from(part), at);
    at += part.length;
  }
  return all;
}

function withTensors(network: RunnableNetwork, tensors: NamedTensors): RunnableNetwork {
  return { ...network, tensors: network.tensors.map((tensor) => tensors.get(tensor.name) ?? tensor) };
}

/** Trained values with as few digits as those before, or fewer. */
function coded(before: Tensor, after: Tensor | undefined, bitsLess: number): Tensor {
  if (after === undefined || before.type !== "float32") return before;
  return withDigitsOf(after, digitsOf(before), before.shape.length > 1 ? 0 : bitsLess);
}
