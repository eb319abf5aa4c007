import type { OpenedModel } from "@deep-compression/model-io";
import { type Outcome, spendBytes } from "@deep-compression/rate-control";
import { checkInteger, checkNumber } from "@deep-compression/runtime";
import { type CompressOptions, compressModel } from "./compress";
import { defaultPlan } from "./default-plan";
import type { Compressed } from "./encode-network";
import { ledgerTotals } from "./ledger";
import type { Plan, TensorPlan } from "./plan";

/** One weight alone at an error, all others without loss, and what that did to the outputs. */
export interface WeightTrial {
  readonly tensor: string;
  /** The weight's most relative squared error. */
  readonly maxError: number;
  /** Of the tensor in that file. */
  readonly bytes: number;
  readonly outputError: number;
}

export interface TrialOptions extends CompressOptions {
  /** Most bytes of the file. */
  readonly targetBytes: number;
  /**
   * How far the outputs are off that a `.dcz` file makes, by whatever runs the model that it restores: 0 or more, such as
   * ||y - y'|| / ||y||. It is to rise steadily with the error: a share of decisions that differ tells too little.
   */
  readonly measure: (file: Uint8Array) => number | Promise<number>;
  readonly onTrial?: (trial: WeightTrial) => void;
}

export interface CompressionByTrials extends Compressed {
  readonly outputError: number;
  readonly trials: readonly WeightTrial[];
  /** What made the file: the error of each weight that lost something. */
  readonly plan: Plan;
}

/** Errors that a weight is tried at, the largest first: each next one costs about a bit a weight more. */
const ERRORS = [2 ** -2, 2 ** -4, 2 ** -6, 2 ** -8, 2 ** -10, 2 ** -12];

/** A weight that takes no more of the file than this loses nothing: it would save next to nothing. */
const SMALL_PART = 1 / 128;

/** A way to store a weight, which lost so much of the outputs that squares of it add up. */
interface Way extends Outcome {
  readonly plan: TensorPlan;
}

/** A weight that may lose something, and the ways to store it, the first of them without loss. */
interface TriedWeight {
  readonly tensor: string;
  readonly ways: readonly Way[];
}

/** Compresses with some weights by plans of their own, and all else without loss. */
type CompressWith = (tensors: Readonly<Record<string, TensorPlan>>) => Promise<Compressed>;

/**
 * A model within so many bytes of which the outputs are off least, by trials: each weight is compressed alone at some errors, and
 * `measure` tells what that does. Where errors of weights do not depend on each other, the squares of what they do to the outputs
 * add up; of each weight the way is taken with which these sums are least. This is for models that only their own program runs,
 * into which calibration cannot see (`@deep-compression/network-calibration`). It takes at most six measurements for each weight of
 * more than a hundredth of the file; weights of 8-bit integers are among them. Where `measure` repeats, the file does.
 *
 * @throws RangeError if the target cannot be met, which says the least that can; TypeError, RangeError for arguments that are wrong, or an
 * error that is no number of 0 or more; what reading the model and `measure` throw
 */
export async function compressByTrials(model: OpenedModel, options: TrialOptions): Promise<CompressionByTrials> {
  const { measure, onTrial, ...rest } = options;
  const targetBytes = checkInteger("targetBytes", options.targetBytes, { minimum: 1 });
  const outline = { ...model.network, weights: model.weights };
  const lossless = defaultPlan(outline, { lossless: true });
  const compressWith: CompressWith = (tensors) => compressModel(model, { ...lossless, tensors }, rest);
  const outputError = async ({ bytes }: Compressed) => checkNumber("measure", await measure(bytes), { minimum: 0 });
  const exact = await compressWith({});
  const trials: WeightTrial[] = [];
  const weights: TriedWeight[] = [];
  for (const [tensor, plan] of Object.entries(defaultPlan(outline, { targetBytes }).tensors ?? {})) {
    const bytes = bytesOf(exact, tensor);
    if (plan.share === "exact" || bytes <= SMALL_PART * exact.bytes.length) continue;
    const ways: Way[] = [{ bytes, error: 0, plan: { share: "exact" } }];
    for await (const trial of weightTrials(tensor, plan, { compressWith, outputError, below: bytes })) {
      ways.push({ bytes: trial.bytes, error: trial.outputError ** 2, plan: { ...plan, maxError: trial.maxError } });
      trials.push(trial);
      onTrial?.(trial);
    }
    weights.push({ tensor, ways });
  }
  const found = await spent(weights, { targetBytes, exactBytes: exact.bytes.length, compressWith });
  const { file, tensors } = found;
  return { ...file, outputError: await outputError(file), trials, plan: { ...lossless, tensors } };
}

/** A weight alone at ever less error, until that is not felt at all, or saves nothing. */
async function* weightTrials(
  tensor: string,
  plan: TensorPlan,
  options: {
    readonly compressWith: CompressWith;
    readonly outputError: (file: Compressed) => Promise<number>;
    readonly below: number;
  },
): AsyncGenerator<WeightTrial> {
  for (const maxError of ERRORS) {
    const file = await options.compressWith({ [tensor]: { ...plan, maxError } });
    const bytes = bytesOf(file, tensor);
    if (bytes >= options.below) return;
    const outputError = await options.outputError(file);
    yield { tensor, maxError, bytes, outputError };
    if (outputError === 0) return;
  }
}

/** The file of the ways that spend the bytes best. What it has besides the weights is packed together, and known once it is made. */
async function spent(
  weights: readonly TriedWeight[],
  options: { readonly targetBytes: number; readonly exactBytes: number; readonly compressWith: CompressWith },
): Promise<{ readonly file: Compressed; readonly tensors: Readonly<Record<string, TensorPlan>> }> {
  const { targetBytes, exactBytes, compressWith } = options;
  const ways = weights.map((weight) => weight.ways);
  const rest = exactBytes - sumOf(ways.map(([exact]) => exact!.bytes));
  for (let limit = targetBytes - rest; ; ) {
    const choice = spendBytes(ways, limit);
    if (choice === undefined) {
      const least = rest + sumOf(ways.map((own) => Math.min(...own.map(({ bytes }) => bytes))));
      throw new RangeError(
        `targetBytes: expected about ${least} at least for errors of ${ERRORS[0]}, got ${targetBytes}`,
      );
    }
    const chosen = weights.map(({ tensor, ways: own }, i) => [tensor, own[choice[i]!]!] as const);
    const tensors = Object.fromEntries(chosen.map(([tensor, { plan }]) => [tensor, plan]));
    const file = await compressWith(tensors);
    const over = file.bytes.length - targetBytes;
    if (over <= 0) return { file, tensors };
    limit = sumOf(chosen.map(([, { bytes }]) => bytes)) - over;
  }
}

/** What a tensor takes of a file. */
function bytesOf({ ledger }: Compressed, name: string): number {
  return sumOf(Object.values(ledgerTotals(ledger.rows.filter(({ tensor }) => tensor === name))));
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
