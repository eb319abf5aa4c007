import { elementCount } from "@deep-compression/bits";
import {
  type ElementType,
  isFloatType,
  type NetworkOutline,
  nonNegativeInputAxes,
  tensorUses,
} from "@deep-compression/network";
import { isByteType } from "./integer-weights";
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
  /** Errors of weights for which nothing else is said, of what they are by default; above 0. */
  readonly errorFactor?: number;
  /** Most bytes that the file may have. */
  readonly targetBytes?: number;
  /** As in a plan. */
  readonly effort?: Plan["effort"];
}

/** Shared values of weights that are pruned, as in the paper's fully connected layers (Deep Compression, section 3). */
const PRUNED_BITS = 5;

/**
 * The plan for a network of which only little is said. Tensors that the network uses as weights ({@link tensorUses}) may lose
 * something, those of 8-bit integers only where the options say how much: `sparsity`, `bits`, `maxError` or `targetBytes`; all else is
 * kept without loss. Nothing is pruned unless `sparsity` says so.
 *
 * By default each weight has a relative error in proportion to its number of elements: the squares of what the layers' errors
 * make of the output add up, about, and bytes are then least; small layers cost little, and stay close to what they were.
 */
export function defaultPlan(outline: NetworkOutline, options: DefaultPlanOptions = {}): Plan {
  const { lossless, targetBytes, maxError, effort } = options;
  const exact: TensorPlan = { share: "exact" };
  const own = effort === undefined ? {} : { effort };
  if (lossless) return { default: exact, ...own };
  const uses = tensorUses(outline);
  const { sparsity = 0, bits } = options;
  const asksForLoss = sparsity > 0 || [bits, maxError, targetBytes].some((asked) => asked !== undefined);
  const mayLose = (type: ElementType) => isFloatType(type) || (asksForLoss && isByteType(type));
  const weights = outline.tensors.filter(({ name, type }) => mayLose(type) && uses.get(name)?.isWeight);
  const sizes = weights.map(({ shape }) => elementCount(shape));
  const largest = Math.max(0, ...sizes);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const inputAxes = nonNegativeInputAxes(outline);
  const plans = new Map(
    weights.map(({ name, shape }, i) => {
      const kernels = axesOfKernels(outline, { as: uses.get(name)?.as ?? "", shape });
      const alike = alikeInputs(kernels, inputAxes.get(name));
      const fraction = sizes[i]! / Math.min(total, MOST_LAYERS * largest);
      return [name, weightPlan({ fraction, total, ...alike }, options)];
    }),
  );
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
    ...own,
  };
}

interface WeightOfNetwork {
  /** Elements of all the network's weights that it has. */
  readonly fraction: number;
  /** Elements of all weights. */
  readonly total: number;
  /** Axes along which inputs are alike, and by how much errors that add up to little there are felt less. */
  readonly kernelAxes: readonly number[];
  readonly balanced: number;
}

/** What is done to a weight of a network. */
function weightPlan(weight: WeightOfNetwork, options: DefaultPlanOptions): TensorPlan {
  const { sparsity, bits, maxError, targetBytes, errorFactor = 1 } = options;
  const { kernelAxes } = weight;
  const plan: TensorPlan = {
    ...(sparsity !== undefined && { sparsity }),
    ...(kernelAxes.length > 0 && { kernelAxes }),
  };
  if (maxError !== undefined) return plan;
  if (targetBytes !== undefined) return { ...plan, errorOf: "typical" };
  const clusters = bits ?? ((sparsity ?? 0) > 0 ? PRUNED_BITS : undefined);
  if (clusters !== undefined) return { ...plan, share: { size: 2 ** clusters - 1, method: "optimal" } };
  return { ...plan, maxError: errorFactor * defaultError(weight), errorOf: "typical" };
}

/**
 * Errors of kernels that add up to little are felt less by so much, and those of rows whose inputs are not negative (both measured). Of
 * balanced rows real inputs feel half as much or less, but pictures unlike any that a network was trained on about as much.
 */
const [BALANCED_KERNELS, BALANCED_ROWS] = [4, 1.4];

function alikeInputs(
  kernels: readonly number[],
  inputAxis: number | undefined,
): Pick<WeightOfNetwork, "kernelAxes" | "balanced"> {
  if (kernels.length > 0) return { kernelAxes: kernels, balanced: BALANCED_KERNELS };
  if (inputAxis !== undefined) return { kernelAxes: [inputAxis], balanced: BALANCED_ROWS };
  return { kernelAxes: [], balanced: 1 };
}

/** Elements of the largest kernels of pictures; what is longer filters a signal, whose values are not alike. */
const LARGEST_KERNEL = 121;

/**
 * The axes of a convolution's kernels: those behind the two of channels, [O, I, kh, kw], in ONNX and, where no graph tells
 * convolutions from others, PyTorch; those before them, [kh, kw, I, O], in TensorFlow, where a graph turns them. None of other weights.
 */
function axesOfKernels(
  { graph, weights }: NetworkOutline,
  { as, shape }: { readonly as: string; readonly shape: readonly number[] },
): readonly number[] {
  if (graph ? !as.includes("Conv") : shape.length > 5) return [];
  const first = weights ? 0 : 2; // weights by name are TensorFlow's
  const axes = shape.slice(2).map((_, i) => first + i);
  const size = elementCount(axes.map((axis) => shape[axis]!));
  return size > 1 && size <= LARGEST_KERNEL ? axes : [];
}

/**
 * The sum of all weights' relative squared errors, in a network of many weights. Of thirteen real networks the outputs of eleven
 * are then off by 0.1 to 4.5 % (root of mean squares, the worst output); two that compare what they compute, by 6.6 and 24 %
 * (`compressMeasured` sees to those).
 */
const ERROR_OF_NETWORK = 4.5e-4;

/** Networks of fewer weights are less redundant: their errors are smaller in proportion. */
const MANY_WEIGHTS = 3 * 2 ** 17;

/** So many layers as large as the largest share that sum; in networks of more, errors that cancel out are as likely. */
const MOST_LAYERS = 100;

/** In a layer that is next to nothing of a network less would take bytes for nothing. */
const LEAST_ERROR = 1e-6;

function defaultError({ fraction, total, balanced }: WeightOfNetwork): number {
  const ofNetwork = ERROR_OF_NETWORK * Math.min(1, total / MANY_WEIGHTS);
  return Math.max(LEAST_ERROR, ofNetwork * fraction * balanced);
}
