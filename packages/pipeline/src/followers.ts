import { exactCodebook } from "@deep-compression/codebook";
import { assertTensor, floatValues, type Tensor } from "@deep-compression/network";
import type { Compression } from "./compression";
import { type KeptWeights, keptWeights } from "./kept-weights";
import { followsTarget, type Plan, type TensorPlan } from "./plan";
import { type RateEstimate, rateCurve } from "./rate-curve";
import { leastLambda, rateSource } from "./rate-distortion";
import { rateOptions } from "./tensor-section";
import type { NetworkOutline } from "./tensor-source";

/** The tensors of a network that share values by one lambda, as far as samples tell. */
export interface Followers {
  readonly indices: ReadonlySet<number>;
  /** What all of them cost and lose at a lambda. */
  readonly at: (lambda: number) => RateEstimate;
  /** Sum of squares of them all. */
  readonly energy: number;
  /** From here on all weights together are not worth a bit. */
  readonly lambdaMost: number;
  /** Below this no tensor's values are shared more finely. */
  readonly lambdaLeast: number;
  /** Bytes of those tensors that have too many values to be coded exactly. */
  readonly rawBytes: number;
  /** The plans of all tensors of the network, at a lambda; at 0 the followers keep their values exactly. */
  readonly plansAt: (lambda: number) => readonly TensorPlan[];
}

/** Values that are sampled of each tensor: a fit to so few is quick, and what they do not tell is corrected. */
const SAMPLED_VALUES = 2 ** 12;

/** Reads the tensors that follow the plan's target, and keeps samples of them. */
export function* sampledFollowers(
  { tensors }: NetworkOutline,
  plan: Plan,
  plans: readonly TensorPlan[],
): Compression<Followers> {
  const chosen = tensors.flatMap(({ type }, i) => (type === "float32" && followsTarget(plan, plans[i]) ? [i] : []));
  const curves: ((lambda: number) => RateEstimate)[] = [];
  const indices = new Set<number>();
  let energy = 0;
  let lambdaMost = Number.MIN_VALUE;
  let lambdaLeast = Number.POSITIVE_INFINITY;
  let rawBytes = 0;
  for (const i of chosen) {
    const kept = finiteWeights({ ...tensors[i], bytes: yield i }, plans[i]);
    if (kept === undefined) continue;
    indices.add(i);
    energy += kept.energy;
    if (kept.values.length === 0) {
      curves.push(() => ({ distortion: kept.pruned, bits: 0 }));
      continue;
    }
    lambdaMost = Math.max(lambdaMost, kept.energy);
    if (exactCodebook(kept.values) === undefined) rawBytes += 4 * kept.length;
    const source = rateSource(kept, { ...rateOptions(kept, plans[i]), mostSorted: SAMPLED_VALUES });
    lambdaLeast = Math.min(lambdaLeast, Math.max(Number.MIN_VALUE, leastLambda(source.data)));
    curves.push(rateCurve(source));
  }
  return {
    indices,
    energy,
    lambdaMost,
    lambdaLeast: Math.min(lambdaLeast, lambdaMost),
    rawBytes,
    at: (lambda) => {
      const estimates = curves.map((curve) => curve(lambda));
      const sum = (part: keyof RateEstimate) => estimates.reduce((total, estimate) => total + estimate[part], 0);
      return { distortion: sum("distortion"), bits: sum("bits") };
    },
    plansAt: (lambda) => plans.map((own, i) => (indices.has(i) ? sharing(own, lambda) : own)),
  };
}

function sharing(plan: TensorPlan, lambda: number): TensorPlan {
  if (lambda > 0) return { ...plan, share: { method: "entropy-constrained", lambda } };
  const { centroids, ...rest } = plan;
  return { ...rest, share: "exact", ...(centroids === "float32" && { centroids }) };
}

/** Undefined for a tensor that is stored as it is, or has nothing but zeros. */
function finiteWeights(tensor: Tensor, plan: TensorPlan): KeptWeights | undefined {
  assertTensor(tensor);
  const kept = keptWeights(floatValues(tensor), sharing(plan, 1));
  return kept === undefined || (kept.values.length === 0 && kept.pruned === 0) ? undefined : kept;
}
