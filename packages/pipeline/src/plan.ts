import { checkInteger } from "@deep-compression/bits";
import type { CentroidPrecision } from "./centroid-bytes";
import type { Form } from "./section-flags";

/** Shared values that are the means of clusters (Deep Compression, section 3). */
export interface ClusterPlan {
  /** Most distinct values besides zero, 1..65,535. */
  readonly size: number;
  readonly method?: "lloyd" | "optimal";
  readonly init?: "linear" | "density" | "random";
  /** For the random initialisation; default 1. */
  readonly seed?: number;
}

/** Shared values that make squared error + lambda * bits least. */
export interface RatePlan {
  readonly method: "entropy-constrained";
  /** The squared error that one bit is worth, above 0. */
  readonly lambda: number;
  /** Most distinct values, zero included, 2..65,535; default: as many as pay. */
  readonly size?: number;
}

export type SharePlan = ClusterPlan | RatePlan;

export function isRatePlan(share: TensorPlan["share"]): share is RatePlan {
  return typeof share === "object" && share.method === "entropy-constrained";
}

/** What is done to a tensor. Without any of it the tensor comes back bit for bit. */
export interface TensorPlan {
  /** Share of the weights that become zero, 0..1, the smallest by magnitude first. Default: none. */
  readonly sparsity?: number;
  /** Default "exact": the distinct values that are there, if coding them saves bytes. "none": no codes, stored raw. */
  readonly share?: "exact" | "none" | SharePlan;
  /**
   * Instead of `share`: as few bytes as go with this relative squared error, the sum of (w - w')^2 over that of w^2 of the
   * tensor as it came, pruning included. 0 is as "exact".
   */
  readonly maxError?: number;
  /** Whether values shared by rate (`maxError`, targets, "entropy-constrained") may turn small weights into zeros; default "auto". */
  readonly zeros?: "auto" | "keep";
  /** Default "auto": whatever takes the fewest bytes. */
  readonly form?: "auto" | Form;
  /** Width of a gap in the gaps form, 1..8; default "auto". */
  readonly gapBits?: "auto" | number;
  /** Default "auto": float16 if that holds every centroid exactly, or pays where they are chosen by rate. "float16" rounds them. */
  readonly centroids?: "auto" | CentroidPrecision;
  /** Default "auto": rows and columns of zeros are left out, and those of like density put together, where that saves bytes. */
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
  /**
   * Most bytes that the file may have: tensors of which the plan does not say how they share values share them by rate, with
   * one lambda for all, so that bits go where they spare the most squared error.
   */
  readonly targetBytes?: number;
  /** Likewise for the relative squared error of all those tensors together. */
  readonly maxError?: number;
  /** Laid over the network's own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const PLAN_KEYS = ["default", "tensors", "targetBytes", "maxError", "metadata"];

const CHOICES = {
  form: ["auto", "raw", "dense", "gaps", "bitmask"],
  centroids: ["auto", "float16", "float32"],
  compactLines: ["auto", "never"],
  order: ["auto", "row-major", "column-major"],
  negativeZero: ["keep", "drop"],
  zeros: ["auto", "keep"],
} as const;

/** The plan of each name. @throws TypeError, RangeError for a plan that is wrong or a name or pattern that fits nothing */
export function tensorPlans(plan: Plan, names: readonly string[]): Map<string, TensorPlan> {
  const overrides = Object.entries(plan.tensors ?? {});
  for (const key of Object.keys(plan)) {
    if (!PLAN_KEYS.includes(key)) throw new TypeError(`plan: expected one of ${PLAN_KEYS.join(", ")}, got "${key}"`);
  }
  checkTarget(plan);
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
      return [name, laidOver(plan.default, own?.[1] ?? {})];
    }),
  );
}

/** A plan's own way to share values replaces the default's. */
function laidOver(base: TensorPlan, own: TensorPlan): TensorPlan {
  const { share, maxError, ...rest } = base;
  const sharing = own.share !== undefined || own.maxError !== undefined ? {} : { share, maxError };
  return defined({ ...rest, ...sharing, ...own });
}

function defined(plan: TensorPlan): TensorPlan {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined));
}

/** Whether a target for the whole network decides how the tensor shares values. */
export function followsTarget(plan: Plan, { share, maxError, form }: TensorPlan): boolean {
  const target = plan.targetBytes !== undefined || plan.maxError !== undefined;
  return target && share === undefined && maxError === undefined && form !== "raw";
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
  const known = ["sparsity", "share", "maxError", "gapBits", ...Object.keys(CHOICES)];
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
  if (plan.maxError === undefined) return;
  checkError(`${where}.maxError`, plan.maxError);
  if (share !== undefined) throw new TypeError(`${where}: expected share or maxError, got both`);
}

function checkTarget({ targetBytes, maxError }: Plan): void {
  if (targetBytes !== undefined) checkInteger("plan.targetBytes", targetBytes, { minimum: 1 });
  if (maxError !== undefined) checkError("plan.maxError", maxError);
  if (targetBytes !== undefined && maxError !== undefined) {
    throw new TypeError("plan: expected targetBytes or maxError, got both");
  }
}

function checkError(where: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${where}: expected a number in 0..1, got ${String(value)}`);
}

function checkShare(where: string, share: SharePlan): void {
  if (typeof share !== "object" || share === null) {
    throw new TypeError(`${where}: expected "exact", "none" or an object, got ${String(share)}`);
  }
  const byRate = share.method === "entropy-constrained";
  const known = byRate ? ["method", "lambda", "size"] : ["size", "method", "init", "seed"];
  for (const key of Object.keys(share)) {
    if (!known.includes(key)) throw new TypeError(`${where}: expected one of ${known.join(", ")}, got "${key}"`);
  }
  if (!isRatePlan(share)) {
    checkInteger(`${where}.size`, share.size, { minimum: 1, maximum: 65535 });
    return;
  }
  if (!(share.lambda > 0 && share.lambda < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${where}.lambda: expected a finite number above 0, got ${String(share.lambda)}`);
  }
  if (share.size !== undefined) checkInteger(`${where}.size`, share.size, { minimum: 2, maximum: 65535 });
}
