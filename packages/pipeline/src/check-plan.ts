import { checkInteger } from "@deep-compression/bits";
import { isRatePlan, type Plan, type SharePlan, type TensorPlan } from "./plan";

const PLAN_KEYS = ["default", "tensors", "targetBytes", "maxError", "metadata"];

const CHOICES = {
  form: ["auto", "raw", "dense", "gaps", "bitmask"],
  centroids: ["auto", "float16", "float32"],
  compactLines: ["auto", "never"],
  order: ["auto", "row-major", "column-major"],
  negativeZero: ["keep", "drop"],
  zeros: ["auto", "keep"],
} as const;

/** @throws TypeError, RangeError that name the member at fault, what was expected and what came */
export function checkPlan(plan: Plan): void {
  for (const key of Object.keys(plan)) {
    if (!PLAN_KEYS.includes(key)) throw new TypeError(`plan: expected one of ${PLAN_KEYS.join(", ")}, got "${key}"`);
  }
  checkTarget(plan);
  checkTensorPlan("plan.default", plan.default);
  for (const [pattern, tensorPlan] of Object.entries(plan.tensors ?? {})) {
    checkTensorPlan(`plan.tensors["${pattern}"]`, tensorPlan);
  }
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
