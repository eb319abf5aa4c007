import { NUMBERS } from "./element-kinds";
import { floatFunction, floatLoop, unary } from "./unary";

/** The nearest whole number; of two that are as near, the even one. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Round: half to even. */
export const round = /* @__PURE__ */ floatFunction(roundHalfToEven);

/** Ceil. */
export const ceil = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.ceil(x[i]!);
});

/** Floor. */
export const floor = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.floor(x[i]!);
});

/** Neg. */
export const neg = /* @__PURE__ */ unary(() => ({
  kinds: NUMBERS,
  loop(x, to) {
    for (let i = 0; i < to.length; i++) to[i] = -x[i]!;
  },
  bigs: (value) => -value,
}));

/** Abs. */
export const abs = /* @__PURE__ */ unary(() => ({
  kinds: NUMBERS,
  loop(x, to) {
    for (let i = 0; i < to.length; i++) to[i] = Math.abs(x[i]!);
  },
  bigs: (value) => (value < 0n ? -value : value),
}));

/** Sign: NaN of NaN. */
export const sign = /* @__PURE__ */ unary(() => ({
  kinds: NUMBERS,
  loop(x, to) {
    for (let i = 0; i < to.length; i++) to[i] = Math.sign(x[i]!);
  },
  bigs: (value) => (value > 0n ? 1n : value < 0n ? -1n : 0n),
}));
