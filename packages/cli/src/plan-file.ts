import type { NetworkOutline } from "@deep-compression/network";
import { type DefaultPlanOptions, defaultPlan, type Plan } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { readInput } from "./input-file";

/** What is asked of a model without a plan file. */
export interface PlanOptions extends Omit<DefaultPlanOptions, "targetBytes"> {
  /** Bytes of the file. */
  readonly targetSize?: number;
}

/** More than 2^10 values are beyond the k-means that is exact. */
export const MAX_BITS = 10;

/** The plan without a plan file. */
export function planOfOptions(outline: NetworkOutline, { targetSize, ...options }: PlanOptions): Plan {
  return defaultPlan(outline, { ...options, ...(targetSize !== undefined && { targetBytes: targetSize }) });
}

/** The plan of a JSON file, by default to keep every tensor as it is; `compress` checks its members. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readInput(path, (bytes) => new TextDecoder().decode(bytes));
  return doing(`use the plan ${quoted(path)}`, () => parsePlan(text));
}

function parsePlan(text: string): Plan {
  const plan = jsonValue(text);
  const twice = duplicateKey(text);
  if (twice !== undefined)
    throw new Error(`expected each key once, got ${quoted(twice)} twice in one object; take one of them out`);
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
