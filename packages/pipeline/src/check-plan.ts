import { MAX_OPTIMAL_SIZE } from "@deep-compression/codebook";
import { checkMetadata, type Quantization } from "@deep-compression/network";
import { checkInteger, checkList, checkObject, describeValue, quoted } from "@deep-compression/runtime";
import { type ClusterPlan, isRatePlan, type Plan, type RatePlan, type SharePlan, type TensorPlan } from "./plan";

const PLAN_KEYS = ["default", "tensors", "targetBytes", "maxError", "effort", "metadata"];

const EFFORTS = ["fast", "default", "smallest"];

const CHOICES = {
  form: ["auto", "raw", "dense", "gaps", "bitmask", "context"],
  centroids: ["auto", "float16", "float32"],
  lineMaps: ["auto", "never"],
  order: ["auto", "row-major", "column-major"],
  negativeZero: ["keep", "drop"],
  zeros: ["auto", "keep"],
  errorOf: ["energy", "typical", "rows", "columns"],
  fewValues: ["keep", "share"],
} as const;

const TENSOR_KEYS = ["sparsity", "share", "maxError", "gapBits", "kernelAxes", "quantization", ...Object.keys(CHOICES)];

const METHODS = ["lloyd", "optimal", "entropy-constrained"];

const INITS = ["linear", "density", "random"];

/** Codes are of 16 bits, and one is the zero's. */
const MAX_SIZE = 65535;

const PART = { expected: "a number in 0..1", fits: (value: number) => value >= 0 && value <= 1 };

const FINITE: typeof PART = { expected: "a finite number", fits: Number.isFinite };

const LAMBDA: typeof PART = {
  expected: "a finite number above 0",
  fits: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
};

/** @throws TypeError, RangeError that name the member at fault, what was expected and what came */
export function checkPlan(plan: Plan): void {
  checkKeys("plan", checkObject("plan", plan), PLAN_KEYS);
  const { tensors = {}, metadata = {} } = plan;
  checkTarget(plan);
  checkChoice("plan.effort", plan.effort, EFFORTS);
  checkMetadata("plan.metadata", metadata);
  checkTensorPlan("plan.default", plan.default);
  for (const [pattern, tensorPlan] of Object.entries(checkObject("plan.tensors", tensors))) {
    checkTensorPlan(`plan.tensors[${quoted(pattern)}]`, tensorPlan);
  }
}

function checkTensorPlan(where: string, plan: TensorPlan): void {
  checkKeys(where, checkObject(where, plan), TENSOR_KEYS);
  for (const [key, allowed] of Object.entries(CHOICES)) {
    checkChoice(`${where}.${key}`, plan[key as keyof typeof CHOICES], allowed);
  }
  const { sparsity, gapBits, share, maxError, kernelAxes, quantization } = plan;
  if (sparsity !== undefined) checkNumber(`${where}.sparsity`, sparsity, PART);
  if (gapBits !== undefined && gapBits !== "auto") {
    checkInteger(`${where}.gapBits`, gapBits, { minimum: 1, maximum: 8 });
  }
  if (kernelAxes !== undefined) checkAxes(`${where}.kernelAxes`, kernelAxes);
  if (quantization !== undefined) checkQuantization(`${where}.quantization`, quantization);
  if (share !== undefined && share !== "exact" && share !== "none") checkShare(`${where}.share`, share);
  if (maxError === undefined) return;
  checkNumber(`${where}.maxError`, maxError, PART);
  if (share !== undefined) throw new TypeError(`${where}: expected share or maxError, got both`);
}

function checkQuantization(where: string, quantization: Quantization): void {
  checkKeys(where, checkObject(where, quantization), ["zeroPoint", "channels"]);
  const { zeroPoint, channels } = quantization;
  checkNumber(`${where}.zeroPoint`, zeroPoint, FINITE);
  if (channels === undefined) return;
  const inside = `${where}.channels`;
  checkKeys(inside, checkObject(inside, channels), ["axis", "scales"]);
  checkInteger(`${inside}.axis`, channels.axis, { minimum: 0 });
  for (const [i, scale] of checkList(`${inside}.scales`, channels.scales).entries()) {
    checkNumber(`${inside}.scales[${i}]`, scale, LAMBDA);
  }
}

/** Axes side by side, ascending. */
function checkAxes(where: string, axes: readonly number[]): void {
  for (const [i, axis] of checkList(where, axes).entries()) {
    const next = i === 0 ? { minimum: 0 } : { minimum: axes[0]! + i, maximum: axes[0]! + i };
    checkInteger(`${where}[${i}]`, axis, next);
  }
}

function checkTarget({ targetBytes, maxError }: Plan): void {
  if (targetBytes !== undefined) checkInteger("plan.targetBytes", targetBytes, { minimum: 1 });
  if (maxError !== undefined) checkNumber("plan.maxError", maxError, PART);
  if (targetBytes !== undefined && maxError !== undefined) {
    throw new TypeError("plan: expected targetBytes or maxError, got both");
  }
}

function checkShare(where: string, share: SharePlan): void {
  if (typeof share !== "object") {
    throw new TypeError(`${where}: expected "exact", "none" or an object, got ${describeValue(share)}`);
  }
  checkObject(where, share);
  checkChoice(`${where}.method`, share.method, METHODS);
  if (isRatePlan(share)) checkRate(where, share);
  else checkClusters(where, share);
}

function checkClusters(where: string, share: ClusterPlan): void {
  checkKeys(where, share, ["size", "method", "init", "seed"]);
  const { size, method, init, seed } = share;
  checkInteger(`${where}.size`, size, { minimum: 1, maximum: method === "optimal" ? MAX_OPTIMAL_SIZE : MAX_SIZE });
  checkChoice(`${where}.init`, init, INITS);
  if (seed !== undefined) checkInteger(`${where}.seed`, seed, { minimum: Number.MIN_SAFE_INTEGER });
}

function checkRate(where: string, share: RatePlan): void {
  checkKeys(where, share, ["method", "lambda", "size"]);
  const { lambda, size } = share;
  checkNumber(`${where}.lambda`, lambda, LAMBDA);
  if (size !== undefined) checkInteger(`${where}.size`, size, { minimum: 2, maximum: MAX_SIZE });
}

function checkNumber(where: string, value: number, { expected, fits }: typeof PART): void {
  if (typeof value === "number" && fits(value)) return;
  const message = `${where}: expected ${expected}, got ${describeValue(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

function checkKeys(where: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new TypeError(`${where}: expected one of ${known.join(", ")}, got ${quoted(unknown)}`);
}

function checkChoice(where: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new RangeError(`${where}: expected ${allowed.join(", ")}, got ${describeValue(value)}`);
}
