import { intAttribute } from "@deep-compression/network";
import type { Operator } from "../operation";
import { binary, combined } from "./binary";
import { BOOLS, type ElementKind, FLOATS, NUMBERS, NUMBERS_AND_BOOLS } from "./element-kinds";
import { unary } from "./unary";

/** Equal, also of bools. */
export const equal = /* @__PURE__ */ comparison((a, b) => a === b, NUMBERS_AND_BOOLS);
/** Greater. */
export const greater = /* @__PURE__ */ comparison((a, b) => a > b);
/** GreaterOrEqual. */
export const greaterOrEqual = /* @__PURE__ */ comparison((a, b) => a >= b);
/** Less. */
export const less = /* @__PURE__ */ comparison((a, b) => a < b);
/** LessOrEqual. */
export const lessOrEqual = /* @__PURE__ */ comparison((a, b) => a <= b);

function comparison(holds: (a: number | bigint, b: number | bigint) => boolean, kinds = NUMBERS): Operator {
  return binary({ kinds, loop: combined(holds), bigs: (a, b) => (holds(a, b) ? 1 : 0), result: "bool" });
}

/** And. */
export const and = /* @__PURE__ */ logic((a, b) => a & b);
/** Or. */
export const or = /* @__PURE__ */ logic((a, b) => a | b);
/** Xor. */
export const xor = /* @__PURE__ */ logic((a, b) => a ^ b);

function logic(compute: (a: number, b: number) => number): Operator {
  return binary({ kinds: BOOLS, loop: combined(compute) });
}

/** Not. */
export const not = /* @__PURE__ */ test(BOOLS, () => (value) => value === 0);

/** IsNaN. */
export const isNan = /* @__PURE__ */ test(FLOATS, () => Number.isNaN);

/** IsInf: of both signs, or of one. */
export const isInf = /* @__PURE__ */ test(FLOATS, ({ node }) => {
  const positive = intAttribute(node, "detect_positive", 1) !== 0;
  const negative = intAttribute(node, "detect_negative", 1) !== 0;
  return (value) =>
    (positive && value === Number.POSITIVE_INFINITY) || (negative && value === Number.NEGATIVE_INFINITY);
});

/** An operator that tells something of each element. */
function test(
  kinds: readonly ElementKind[],
  of: (site: Parameters<Operator>[0]) => (value: number) => boolean,
): Operator {
  return unary((site) => {
    const holds = of(site);
    return {
      kinds,
      loop(x, to) {
        for (let i = 0; i < to.length; i++) to[i] = holds(x[i]!) ? 1 : 0;
      },
      result: "bool",
    };
  });
}
