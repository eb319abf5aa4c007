import type { Network } from "@deep-compression/network";
import type { Plan, TensorPlan } from "@deep-compression/pipeline";
import { doing } from "./failure";
import { readInput } from "./input-file";

/**
 * The plan without a plan file: weights of rank 2 or more lose their smallest `sparsity` and share 2^bits values, the
 * zero among them; biases and everything else are kept exactly.
 */
export function defaultPlan(network: Network, options: { readonly sparsity: number; readonly bits: number }): Plan {
  const { sparsity, bits } = options;
  const coded: TensorPlan = { sparsity, share: { size: 2 ** bits - 1, method: "optimal" } };
  const weights = network.tensors.filter(({ type, shape }) => type === "float32" && shape.length >= 2);
  return {
    default: { share: "exact" },
    tensors: Object.fromEntries(weights.map(({ name }) => [name, coded])),
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
  const { default: byDefault = {}, tensors = {}, metadata = {}, ...unknown } = value;
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw new Error(`unknown key "${key}"; expected default, tensors or metadata`);
  if (!isObject(byDefault)) throw new Error(`default: expected an object, got ${describe(byDefault)}`);
  if (!isObject(tensors)) throw new Error(`tensors: expected an object, got ${describe(tensors)}`);
  for (const [name, plan] of Object.entries(tensors))
    if (!isObject(plan)) throw new Error(`tensors["${name}"]: expected an object, got ${describe(plan)}`);
  if (!isTexts(metadata)) throw new Error(`metadata: expected texts by name, got ${describe(metadata)}`);
  return { default: byDefault, tensors: tensors as Plan["tensors"], metadata };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`not JSON: ${why}`, { cause });
  }
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
