import type { NetworkSource, Tensor } from "@deep-compression/network";
import type { Plan, TensorPlan } from "@deep-compression/pipeline";
import { duplicateKey } from "./duplicate-key";
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

/** A plan from a JSON file. Its members are those of `Plan`; `compress` checks those of each tensor. */
export async function readPlan(path: string): Promise<Plan> {
  const bytes = await readInput(path);
  return doing(`use the plan "${path}"`, () => parsePlan(new TextDecoder().decode(bytes)));
}

function parsePlan(text: string): Plan {
  const value = parseJson(text);
  if (!isObject(value)) throw new Error(`expected an object, got ${describe(value)}`);
  const { default: byDefault = {}, tensors = {}, metadata = {}, targetBytes, maxError, ...unknown } = value;
  const [key] = Object.keys(unknown);
  const known = "default, tensors, targetBytes, maxError or metadata";
  if (key !== undefined) throw new Error(`unknown key "${key}"; expected ${known}`);
  if (!isObject(byDefault)) throw new Error(`default: expected an object, got ${describe(byDefault)}`);
  if (!isObject(tensors)) throw new Error(`tensors: expected an object, got ${describe(tensors)}`);
  for (const [name, plan] of Object.entries(tensors))
    if (!isObject(plan)) throw new Error(`tensors["${name}"]: expected an object, got ${describe(plan)}`);
  if (!isTexts(metadata)) throw new Error(`metadata: expected texts by name, got ${describe(metadata)}`);
  return {
    default: byDefault,
    tensors: tensors as Plan["tensors"],
    metadata,
    ...(targetBytes !== undefined && { targetBytes: numberOf("targetBytes", targetBytes) }),
    ...(maxError !== undefined && { maxError: numberOf("maxError", maxError) }),
  };
}

function parseJson(text: string): unknown {
  const value = jsonValue(text);
  const twice = duplicateKey(text);
  if (twice === undefined) return value;
  throw new Error(`expected each key once, got "${twice}" twice in one object; take one of them out`);
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`not JSON: ${why}`, { cause });
  }
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === "number") return value;
  throw new Error(`${name}: expected a number, got ${describe(value)}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

function describe(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
