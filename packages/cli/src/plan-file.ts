import type { NetworkSource, Tensor } from "@deep-compression/network";
import type { Plan, TensorPlan } from "@deep-compression/pipeline";
import { doing } from "./failure";
import { readInput } from "./input-file";

/** What is asked of a model without a plan file. */
export interface PlanOptions {
  readonly sparsity?: number;
  readonly bits?: number;
  /** Bytes of the file. */
  readonly targetSize?: number;
  /** Relative squared error of the weights. */
  readonly maxError?: number;
}

export const DEFAULT_SPARSITY = 0.9;
export const DEFAULT_BITS = 5;

/** More than 2^10 values are beyond the k-means that is exact. */
export const MAX_BITS = 10;

/**
 * The plan without a plan file: weights of rank 2 or more lose their smallest `sparsity` and share 2^bits values, the
 * zero among them, or, with a target, whatever goes with it; biases and everything else are kept exactly.
 */
export function defaultPlan({ tensors }: Pick<NetworkSource, "tensors">, options: PlanOptions): Plan {
  const { targetSize: targetBytes, maxError } = options;
  const isTargeted = targetBytes !== undefined || maxError !== undefined;
  const { sparsity = isTargeted ? undefined : DEFAULT_SPARSITY, bits = DEFAULT_BITS } = options;
  const coded: TensorPlan = {
    ...(sparsity !== undefined && { sparsity }),
    ...(!isTargeted && { share: { size: 2 ** bits - 1, method: "optimal" } }),
  };
  const planOf = ({ type, shape }: Pick<Tensor, "type" | "shape">): TensorPlan =>
    type === "float32" && shape.length >= 2 ? coded : { share: "exact" };
  return {
    default: {},
    // One of its own for each: a name goes before patterns, so that a tensor named "*" speaks for itself only.
    tensors: Object.fromEntries(tensors.map((tensor) => [tensor.name, planOf(tensor)])),
    ...(targetBytes !== undefined && { targetBytes }),
    ...(maxError !== undefined && { maxError }),
  };
}

/** The plan of a JSON file, by default to keep every tensor as it is; `compress` checks its members. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readInput(path, (bytes) => new TextDecoder().decode(bytes));
  return doing(`use the plan "${path}"`, () => parsePlan(text));
}

function parsePlan(text: string): Plan {
  const plan = jsonValue(text);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new Error(`expected each key once, got "${twice}" twice in one object; take one of them out`);
  return plan instanceof Object && !Array.isArray(plan) ? { default: {}, ...plan } : plan;
}

function jsonValue(text: string) {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`not JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The first key that stands twice in one object of a valid JSON text: JSON.parse keeps the last and says nothing. */
function duplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (string === undefined) open.pop();
    else if (colon !== undefined) {
      const keys = open.at(-1);
      const key: string = JSON.parse(string);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
