import { elementCount } from "@deep-compression/bits";
import { type NetworkOutline, tensorUses } from "@deep-compression/network";
import type { Plan, TensorPlan } from "./plan";

/** What is asked of a network as a whole, without a plan for its tensors. */
export interface DefaultPlanOptions {
  /** Nothing may be lost. */
  readonly lossless?: boolean;
  /** Fraction of each weight's elements that become zero, the smallest by magnitude. Default: none. */
  readonly sparsity?: number;
  /** Weights share 2^bits values, zero among them, 1..10; default 5 where weights are pruned and no error is said. */
  readonly bits?: number;
  /** Most relative squared error of each weight. */
  readonly maxError?: number;
  /** Most bytes that the file may have. */
  readonly targetBytes?: number;
}

/** Shared values of weights that are pruned, as in the paper's fully connected layers (Deep Compression, section 3). */
const PRUNED_BITS = 5;

/**
 * The plan for a network of which only little is said. Tensors that the network uses as weights ({@link tensorUses}) may lose
 * something; all else is kept without loss. Nothing is pruned unless `sparsity` says so.
 *
 * By default each weight has a relative error in proportion to its number of elements: the squares of what the layers' errors
 * make of the output add up, about, and bytes are then least; small layers cost little, and stay close to what they were.
 */
export function defaultPlan(outline: NetworkOutline, options: DefaultPlanOptions = {}): Plan {
  const { lossless, targetBytes, maxError } = options;
  const exact: TensorPlan = { share: "exact" };
  if (lossless) return { default: exact };
  const uses = tensorUses(outline);
  const weights = outline.tensors.filter(({ name, type }) => type === "float32" && uses.get(name)?.isWeight);
  const sizes = weights.map(({ shape }) => elementCount(shape));
  const all = Math.min(
    sizes.reduce((sum, size) => sum + size, 0),
    MOST_LAYERS * Math.max(0, ...sizes),
  );
  const plans = new Map(weights.map(({ name }, i) => [name, weightPlan(sizes[i]! / all, options)]));
  // What no graph says is a weight may be a table or a mask all the same.
  const fewValues: TensorPlan = outline.graph ? {} : { fewValues: "keep" };
  return {
    default: {},
    // One of its own for each: a name goes before patterns, so that a tensor named "*" speaks for itself only.
    tensors: Object.fromEntries(
      outline.tensors.map(({ name }) => {
        const plan = plans.get(name);
        return [name, plan === undefined ? exact : { ...plan, ...fewValues }];
      }),
    ),
    ...(targetBytes !== undefined && { targetBytes }),
    ...(maxError !== undefined && { maxError }),
  };
}

/** What is done to a weight that has such a fraction of the network's. */
function weightPlan(fraction: number, { sparsity, bits, maxError, targetBytes }: DefaultPlanOptions): TensorPlan {
  const pruned: TensorPlan = sparsity === undefined ? {} : { sparsity };
  if (maxError !== undefined) return pruned;
  if (targetBytes !== undefined) return { ...pruned, errorOf: "typical" };
  const clusters = bits ?? ((sparsity ?? 0) > 0 ? PRUNED_BITS : undefined);
  if (clusters !== undefined) return { ...pruned, share: { size: 2 ** clusters - 1, method: "optimal" } };
  return { ...pruned, maxError: defaultError(fraction), errorOf: "typical" };
}

/**
 * The sum of all weights' relative squared errors. Of ten real networks the outputs of seven are then off by 1.4 to 5.1 % (root
 * of mean squares); three whose layers differ much in how their errors count are off by 13 to 28 %.
 */
const ERROR_OF_NETWORK = 2e-3;

/** So many layers as large as the largest share that sum; in networks of more, errors that cancel out are as likely. */
const MOST_LAYERS = 100;

/** A layer that is most of a network has no more than this; in one that is little of it less would cost a larger codebook. */
const MOST_ERROR = 1e-3;
const LEAST_ERROR = 2e-6;

function defaultError(fraction: number): number {
  return Math.min(MOST_ERROR, Math.max(LEAST_ERROR, ERROR_OF_NETWORK * fraction));
}
