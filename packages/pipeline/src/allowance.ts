import { FREE_ELEMENTS } from "./expansion-limit";
import type { Plan } from "./plan";

/** What coded tensors may have, all of a file together: each is given what those before it have left. */
export interface Allowance {
  /** Elements that their bytes do not justify (docs/format.md, "Limits"). */
  readonly freeElements: number;
  /** Nanoseconds that decoding takes, by estimate, of those in the form context. */
  readonly contextTime: number;
}

/** By default decoding in the form context takes so long at most: of a tensor 50 ms, of a file a quarter of a second. */
const [TENSOR_TIME, FILE_TIME] = [5e7, 2.5e8];

/** What the tensors of a file may have, before the first is encoded. */
export function fullAllowance(effort: Plan["effort"] = "default"): Allowance {
  const contextTime = { fast: 0, default: FILE_TIME, smallest: Number.POSITIVE_INFINITY }[effort];
  return { freeElements: FREE_ELEMENTS, contextTime };
}

/** What is left of an allowance. */
export function leftOf(allowance: Allowance, used: Allowance): Allowance {
  return {
    freeElements: allowance.freeElements - used.freeElements,
    contextTime: allowance.contextTime - used.contextTime,
  };
}

/** How long one tensor may take. */
export function contextTimeOfTensor({ contextTime }: Allowance): number {
  return contextTime === Number.POSITIVE_INFINITY ? contextTime : Math.min(TENSOR_TIME, Math.max(0, contextTime));
}
