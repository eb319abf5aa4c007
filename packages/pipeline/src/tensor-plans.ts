import { quoted } from "@deep-compression/runtime";
import { checkPlan } from "./check-plan";
import { followsNetwork, type Plan, type TensorPlan } from "./plan";

/** The plan of each name. @throws TypeError, RangeError for a plan that is wrong or a name or pattern that fits nothing */
export function tensorPlans(plan: Plan, names: readonly string[]): Map<string, TensorPlan> {
  checkPlan(plan);
  const overrides = new Map(Object.entries(plan.tensors ?? {}));
  const known = new Set(names);
  for (const pattern of overrides.keys()) {
    if (known.has(pattern) || (pattern.includes("*") && names.some((name) => matches(pattern, name)))) continue;
    throw new RangeError(`plan.tensors: expected names of tensors or patterns for them, got ${quoted(pattern)}`);
  }
  const ownOf = ownPlans(plan);
  return new Map(names.map((name) => [name, withinError(laidOver(plan.default, ownOf(name) ?? {}), plan)]));
}

/** What `tensors` of a plan says of a name, by itself or by a pattern; undefined if nothing. */
export function ownPlans({ tensors = {} }: Plan): (name: string) => TensorPlan | undefined {
  const overrides = new Map(Object.entries(tensors));
  const patterns = [...overrides].filter(([pattern]) => pattern.includes("*"));
  return (name) => overrides.get(name) ?? patterns.find(([pattern]) => matches(pattern, name))?.[1];
}

/** A plan's own way to share values replaces the default's. */
function laidOver(base: TensorPlan, own: TensorPlan): TensorPlan {
  const { share, maxError, ...rest } = base;
  const sharing = own.share !== undefined || own.maxError !== undefined ? {} : { share, maxError };
  return defined({ ...rest, ...sharing, ...own });
}

/** The plan's error bounds each tensor that does not say how it shares values, by itself. */
function withinError(own: TensorPlan, { maxError }: Plan): TensorPlan {
  return maxError !== undefined && followsNetwork(own) ? { ...own, maxError } : own;
}

function defined(plan: TensorPlan): TensorPlan {
  return Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined));
}

/** Whether a pattern with at least one `*` fits the name. */
function matches(pattern: string, name: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop() ?? "";
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const part of others) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
