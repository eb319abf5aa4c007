import { type OpenedModel, replaceTensors } from "@deep-compression/model-io";
import { type Network, numericValues, type Tensor, tensorUses, type ValueInfo } from "@deep-compression/network";
import type { GoalTrial, LayerReport, NamedTensors } from "@deep-compression/network-calibration";
import {
  type Certificate,
  type Compressed,
  certificateMetadata,
  compressModel,
  type Plan,
} from "@deep-compression/pipeline";
import { differencesOf, type Outputs, valuesOf } from "./network-outputs";
import { addDifference, NO_DIFFERENCE, type OutputDifference, topOf } from "./output-difference";
import type { RunnableNetwork } from "./whole-network";

/** A trial at one lambda, all of its outputs compared. */
export interface CalibrationTrial extends GoalTrial {
  readonly outputs: Readonly<Record<string, OutputDifference>>;
  readonly layers: readonly LayerReport[];
  readonly tensors: NamedTensors;
  readonly certificate: Certificate;
  readonly file: Compressed;
}

/** What all trials of a model have in common. */
export interface TrialContext {
  readonly model: OpenedModel;
  readonly network: RunnableNetwork;
  readonly plan: Plan;
  readonly certified: Omit<Certificate, "outputs" | "tensorErrors">;
  /** The right classes of the items held out. */
  readonly labels?: readonly number[];
}

/** New values for a model's tensors, and what they do on items held out. */
export interface TrialResult extends Pick<CalibrationTrial, "lambda" | "layers" | "tensors"> {
  readonly outputs: Outputs;
}

/** A trial as it is told and as it would be written. */
export async function trialOf(
  { lambda, layers, tensors, outputs }: TrialResult,
  { model, network, plan, certified, labels }: TrialContext,
): Promise<CalibrationTrial> {
  const infos = network.graph.outputs;
  const differences = differencesOf(infos, outputs);
  const errors = Object.values(differences).map(({ relativeError }) => relativeError);
  const certificate: Certificate = {
    ...certified,
    outputs: certifiedOutputs(differences),
    tensorErrors: tensorErrors(network, tensors),
  };
  const elements = new Map([...tensors].map(([name, { bytes }]) => [name, bytes]));
  const metadata = certificateMetadata(certificate);
  const file = await compressModel(replaceTensors(model, elements), { ...plan, metadata });
  return {
    lambda,
    bytes: file.bytes.length,
    // What is no number is as far off as can be.
    outputError: errors.every(Number.isFinite) ? Math.max(0, ...errors) : Number.POSITIVE_INFINITY,
    ...(labels && { drop: dropOf(infos, outputs, labels) }),
    outputs: differences,
    layers,
    tensors,
    certificate,
    file,
  };
}

function certifiedOutputs(differences: CalibrationTrial["outputs"]): Certificate["outputs"] {
  const told = Object.entries(differences).filter(([, { relativeError }]) => Number.isFinite(relativeError));
  return Object.fromEntries(
    told.map(([name, { relativeError, top1 }]) => [
      name,
      { relativeError, ...(top1 && { top1: top1.same / top1.rows }) },
    ]),
  );
}

/** Points of accuracy that are lost on the items held out, by the first output that has a row of scores for each. */
function dropOf(infos: readonly ValueInfo[], { dense, compressed }: Outputs, labels: readonly number[]): number {
  const scores = (batches: readonly NamedTensors[], name: string) =>
    batches.flatMap((batch) => topsOf(batch.get(name)));
  for (const { name } of infos) {
    const [ours, theirs] = [scores(dense, name), scores(compressed, name)];
    if (ours.length !== labels.length) continue;
    const right = (tops: readonly number[]) => tops.filter((top, i) => top === labels[i]).length;
    return (100 * (right(ours) - right(theirs))) / labels.length;
  }
  throw new RangeError("--labels: no output of the model has a row of scores for each item");
}

/** The places of the largest along the last axis. */
function topsOf(tensor: Tensor | undefined): number[] {
  if (tensor === undefined || tensor.shape.length < 2) return [];
  const values = numericValues(tensor);
  const classes = tensor.shape.at(-1)!;
  const rows = classes === 0 ? 0 : values.length / classes;
  return Array.from({ length: rows }, (_, row) => topOf(values, row * classes, classes));
}

/** ||w - w'|| / ||w|| of the weights that have changed. */
function tensorErrors(network: Network, changed: NamedTensors): Certificate["tensorErrors"] {
  const uses = tensorUses(network);
  const errors: [string, number][] = [];
  for (const tensor of network.tensors) {
    const other = changed.get(tensor.name);
    if (other === undefined || !uses.get(tensor.name)?.isWeight) continue;
    const sums = addDifference(NO_DIFFERENCE, valuesOf(tensor), valuesOf(other));
    if (sums.squaredError > 0) errors.push([tensor.name, Math.sqrt(sums.squaredError / sums.squares)]);
  }
  return Object.fromEntries(errors.map(([name, error]) => [name, Number.isFinite(error) ? error : 1]));
}
