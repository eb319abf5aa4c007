import { checkInteger } from "@deep-compression/bits";
import type { CentroidPrecision } from "./centroid-bytes";
import type { Form } from "./section-flags";

/** Weights of a tensor that share values (Deep Compression, section 3). */
export interface SharePlan {
  /** Most distinct values besides zero, 1..65,535. */
  readonly size: number;
  readonly method?: "lloyd" | "optimal";
  readonly init?: "linear" | "density" | "random";
  /** For the random initialisation; default 1. */
  readonly seed?: number;
}

/** What is done to a tensor. Without any of it the tensor comes back bit for bit. */
export interface TensorPlan {
  /** Share of the weights that become zero, 0..1, the smallest by magnitude first. Default: none. */
  readonly sparsity?: number;
  /** Default "exact": the distinct values that are there, if coding them saves bytes. "none": no codes, stored raw. */
  readonly share?: "exact" | "none" | SharePlan;
  /** Default "auto": whatever takes the fewest bytes. */
  readonly form?: "auto" | Form;
  /** Width of a gap in the gaps form, 1..8; default "auto". */
  readonly gapBits?: "auto" | number;
  /** Default "auto": float16 if that holds every centroid exactly. "float16" rounds them. */
  readonly centroids?: "auto" | CentroidPrecision;
  /** Default "auto": rows and columns of zeros are left out where that saves bytes. */
  readonly compactLines?: "auto" | "never";
  /** Direction in which a matrix is walked; default "auto". */
  readonly order?: "auto" | "row-major" | "column-major";
  /** Default "keep"; "drop" makes -0 a zero like others, so that a tensor with both can be coded. */
  readonly negativeZero?: "keep" | "drop";
}

/** What is done to a network. */
export interface Plan {
  readonly default: TensorPlan;
  /**
   * By name, or by a pattern in which `*` stands for any characters; laid over the default, member by member.
   * A name goes before patterns, an earlier pattern before a later one.
   */
  readonly tensors?: Readonly<Record<string, TensorPlan>>;
  /** Laid over the network's own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const PLAN_KEYS = ["default", "tensors", "metadata"];

const CHOICES = {
  form: ["auto", "raw", "dense", "gaps", "bitmask"],
  centroids: ["auto", "float16", "float32"],
  compactLines: ["auto", "never"],
  order: ["auto", "row-major", "column-major"],
  negativeZero: ["keep", "drop"],
} as const;

/** The plan of each name. @throws TypeError, RangeError for a plan that is wrong or a name or pattern that fits nothing */
export function tensorPlans(plan: Plan, names: readonly string[]): Map<string, TensorPlan> {
  const overrides = Object.entries(plan.tensors ?? {});
  for (const key of Object.keys(plan)) {
    if (!PLAN_KEYS.includes(key)) throw new TypeError(`plan: expected one of ${PLAN_KEYS.join(", ")}, got "${key}"`);
  }
  checkTensorPlan("plan.default", plan.default);
  for (const [pattern, tensorPlan] of overrides) {
    checkTensorPlan(`plan.tensors["${pattern}"]`, tensorPlan);
    if (!names.some((name) => matches(pattern, name))) {
      throw new RangeError(`plan.tensors: expected names of tensors or patterns for them, got "${pattern}"`);
    }
  }
  return new Map(
    names.map((name) => {
      const own = overrides.find(([pattern]) => pattern === name) ?? overrides.find(([p]) => matches(p, name));
      return [name, { ...plan.default, ...own?.[1] }];
    }),
  );
}

function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === name;
  const first = parts[0];
  const last = parts[parts.length - 1];
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}

function checkTensorPlan(where: string, plan: TensorPlan): void {
  if (typeof plan !== "object" || plan === null)
    throw new TypeError(`${where}: expected an object, got ${String(plan)}`);
  const known = ["sparsity", "share", "gapBits", ...Object.keys(CHOICES)];
  for (const key of Object.keys(plan)) {
    if (!known.includes(key)) throw new TypeError(`${where}: expected one of ${known.join(", ")}, got "${key}"`);
  }
  for (const [key, allowed] of Object.entries(CHOICES)) {
    const value = plan[key as keyof typeof CHOICES];
    if (value !== undefined && !allowed.some((choice) => choice === value)) {
      throw new RangeError(`${where}.${key}: expected ${allowed.join(", ")}, got ${String(value)}`);
    }
  }
  const { sparsity, gapBits, share } = plan;
  if (sparsity !== undefined && !(sparsity >= 0 && sparsity <= 1)) {
    throw new RangeError(`${where}.sparsity: expected a number in 0..1, got ${String(sparsity)}`);
  }
  if (gapBits !== undefined && gapBits !== "auto") {
    checkInteger(`${where}.gapBits`, gapBits, { minimum: 1, maximum: 8 });
  }
  if (share !== undefined && share !== "exact" && share !== "none") checkShare(`${where}.share`, share);
}

function checkShare(where: string, share: SharePlan): void {
  if (typeof share !== "object" || share === null) {
    throw new TypeError(`${where}: expected "exact", "none" or an object, got ${String(share)}`);
  }
  const known = ["size", "method", "init", "seed"];
  for (const key of Object.keys(share)) {
    if (!known.includes(key)) throw new TypeError(`${where}: expected one of ${known.join(", ")}, got "${key}"`);
  }
  checkInteger(`${where}.size`, share.size, { minimum: 1, maximum: 65535 });
}
