import { createHash } from "node:crypto";
import type { OpenedModel } from "@deep-compression/model-io";
import { isFloatType, type Network, tensorUses } from "@deep-compression/network";
import {
  type Executor,
  type Goal,
  type GoalTrial,
  type NamedTensors,
  networkCalibration,
  searchGoal,
} from "@deep-compression/network-calibration";
import type { Compressed, Plan } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { inputArraySets } from "./calibration-arrays";
import { calibrationCheckpoint } from "./calibration-checkpoint";
import { type CalibrationTrial, type TrialContext, trialOf } from "./calibration-trial";
import { assertFinetunable, type FinetuningReport, finetunedTrial, withInputShapes } from "./finetuned-trial";
import { itemsOfSets } from "./item-batches";
import { labelsOf } from "./labels";
import type { PictureOptions } from "./pictures";
import { inputsOfGraph, type RunnableNetwork, sha256Of, wholeNetwork } from "./whole-network";

/** What a calibration is given. */
export interface CalibrationInput extends PictureOptions {
  /** x.npy or a folder, or name=x.npy for each input; an input that is given again begins a further set of inputs. */
  readonly calibrate: readonly string[];
  /** The array of the right classes. */
  readonly labels?: string;
  readonly goal: Goal;
  /** Steps of training towards the outputs of the model, once the search is done. */
  readonly finetune?: number;
  readonly effort?: Plan["effort"];
}

export interface CalibratedCompression extends Compressed {
  readonly chosen: CalibrationTrial;
  readonly curve: readonly CalibrationTrial[];
  /** The model as it was, the batches that were held out, and what ran both. */
  readonly network: RunnableNetwork;
  readonly heldOut: readonly NamedTensors[];
  readonly executor: Executor;
  /** What training the shared values did, if it was asked for. */
  readonly finetuning?: FinetuningReport;
}

/** What is shown while the work goes on. */
export interface CalibrationProgress {
  readonly onLayer: (tensor: string, place: { readonly done: number; readonly total: number }) => void;
  readonly onTrial: (trial: GoalTrial) => void;
  readonly onFinetuneStep?: (report: { readonly step: number; readonly steps: number; readonly loss: number }) => void;
}

/** Of so many items one is held out; where there are labels, whose accuracy is to be told, of fewer. */
const [HELD_OUT_OF, HELD_OUT_OF_LABELLED] = [8, 4];

/** Rows of inputs of a layer that a first idea goes by. */
const FEW_SAMPLES = 4096;
const SAMPLES = 32_768;

/**
 * A model compressed by what its layers do with inputs: weights share values for which the outputs lose least, at the lambda that meets
 * the goal on items that were held out.
 *
 * @throws Error, RangeError, TypeError for a model without a graph, inputs that do not fit, or a goal that cannot be met
 */
export async function compressCalibrated(
  model: OpenedModel,
  input: CalibrationInput,
  context: {
    readonly executor: Executor;
    readonly progress: CalibrationProgress;
    /** Where the layers that are done are kept until the work is; it goes on from there. Default: nowhere. */
    readonly folder?: string;
    /** Ends the work in front of the next layer. */
    readonly signal?: AbortSignal;
  },
): Promise<CalibratedCompression> {
  const { executor, progress, folder, signal } = context;
  const { goal, effort } = input;
  const network = await wholeNetwork(model);
  const inputs = inputsOfGraph(network);
  const sets = await inputArraySets(inputs, input.calibrate, input);
  if (input.finetune !== undefined) {
    if (sets.length > 1) throw new Error("--finetune: takes each input once; leave it out, or give one set of inputs");
    assertFinetunable(withInputShapes(network, sets[0]!));
  }
  const items = itemsOfSets(sets, inputs);
  const labels = input.labels === undefined ? undefined : await labelsOf(input.labels, items.count);
  const { used, heldOut } = split(items.count, labels === undefined ? HELD_OUT_OF : HELD_OUT_OF_LABELLED);
  const batches = items.batches(used);
  const held = items.batches(heldOut);
  const weights = weightElements(network);
  const plan: Plan = { default: { share: "exact" }, ...(effort && { effort }) };
  const modelSha256 = await sha256Of(model);
  const checkpoint =
    folder === undefined
      ? undefined
      : calibrationCheckpoint(folder, keyOf(sets, `${modelSha256} ${executor.name} ${heldOut.length}`));

  let prepared: { readonly fraction: number; readonly calibration: ReturnType<typeof networkCalibration> } | undefined;

  /** What calibrates by a fraction of the inputs, which knows the dense network from one lambda to the next. */
  function calibrationBy(fraction: number): ReturnType<typeof networkCalibration> {
    if (prepared?.fraction === fraction) return prepared.calibration;
    // All over them, so that each set of inputs is among them.
    const some = batches.filter((_, i) => i % Math.round(1 / fraction) === 0);
    const samples = fraction < 1 ? FEW_SAMPLES : SAMPLES;
    const calibration = networkCalibration(network, some, { executor, heldOut: held, samples });
    prepared = { fraction, calibration };
    return calibration;
  }

  const what: TrialContext = {
    model,
    network,
    plan,
    certified: {
      method: "calibrated",
      modelSha256,
      calibrationItems: used.length,
      heldOutItems: heldOut.length,
      executor: executor.name,
    },
    ...(labels && { labels: heldOut.map((item) => labels[item]!) }),
  };

  async function calibrate(lambda: number, fraction: number): Promise<CalibrationTrial> {
    const done = await checkpoint?.done({ lambda, fraction });
    const calibrateAt = await calibrationBy(fraction);
    const { tensors, layers, outputs } = await calibrateAt({
      lambda,
      onLayer: (layer, place) => {
        checkpoint?.add({ lambda, fraction }, layer);
        progress.onLayer(layer.report.tensor, place);
      },
      ...(done && { done }),
      ...(signal && { signal }),
    });
    return trialOf({ lambda, layers, tensors, outputs }, what);
  }

  async function search() {
    const { best, curve } = await searchGoal({ goal, weights, calibrate, onTrial: progress.onTrial });
    if (best === undefined) throw new RangeError(missed(goal, curve));
    const done = { curve, network, heldOut: held, executor };
    if (input.finetune === undefined) return { ...best.file, ...done, chosen: best };
    const { trial, report } = await finetunedTrial(best, {
      ...what,
      steps: input.finetune,
      goal,
      batches,
      heldOut: held,
      executor,
      ...(progress.onFinetuneStep && { onStep: progress.onFinetuneStep }),
      ...(signal && { signal }),
    });
    return { ...trial.file, ...done, chosen: trial, finetuning: report };
  }

  const found = await search().catch(async (error: unknown) => {
    // What was interrupted goes on another time; what failed would fail again.
    if (!signal?.aborted) await checkpoint?.remove();
    throw error;
  });
  await checkpoint?.remove();
  return found;
}

/** What tells these arrays, and what is said of how they are used, from others. */
function keyOf(sets: readonly NamedTensors[], use: string): string {
  const hash = createHash("sha256").update(use);
  for (const [name, { type, shape, bytes }] of sets.flatMap((arrays) => [...arrays]))
    hash.update(`${name} ${type} ${shape}`).update(bytes);
  return hash.digest("hex").slice(0, KEY_DIGITS);
}

const KEY_DIGITS = 16;

/** Errors on fewer items tell little of others. */
export const FEW_ITEMS = 16;

/** Items that weights are fitted to, and others, all over them. @throws RangeError if there are too few */
function split(count: number, of: number): { readonly used: readonly number[]; readonly heldOut: readonly number[] } {
  if (count < 2)
    throw new RangeError(
      `--calibrate: expected two items or more, some to fit weights to and some to hold out, got ${count}`,
    );
  const held = Math.max(Math.floor(count / of), Math.min(FEW_ITEMS, Math.floor(count / 2)));
  const period = Math.floor(count / held);
  const items = Array.from({ length: count }, (_, item) => item);
  return {
    used: items.filter((item) => item % period !== period - 1),
    heldOut: items.filter((item) => item % period === period - 1),
  };
}

function weightElements(network: Network): number {
  const uses = tensorUses(network);
  return network.tensors
    .filter(({ name, type }) => isFloatType(type) && uses.get(name)?.isWeight)
    .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

function missed(goal: Goal, curve: readonly GoalTrial[]): string {
  const least = (amount: (trial: GoalTrial) => number) => Math.min(...curve.map(amount));
  if ("bytes" in goal) {
    return `--target-size: expected at least ${least(({ bytes }) => bytes)} bytes, which is the least that was found, got ${goal.bytes}`;
  }
  if ("outputError" in goal) {
    const found = `${(100 * least(({ outputError }) => outputError)).toPrecision(3)} %`;
    return `--max-error: the outputs were off by ${found} at least, more than ${100 * goal.outputError} %; nothing was written: take ${quoted("compress")} without --calibrate, or --lossless`;
  }
  return `--max-drop: ${least(({ drop = Number.NaN }) => drop).toFixed(2)} points were lost at least, more than ${goal.drop}; nothing was written`;
}
