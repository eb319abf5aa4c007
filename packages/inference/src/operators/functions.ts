import { ELEMENTWISE } from "../kernels.generated";
import { withKernels } from "../operation";
import { erf as errorFunction } from "./error-function";
import { floatFunction, floatLoop, smoothed } from "./unary";

/** Exp. */
export const exp = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ floatLoop((x, to) => {
    for (let i = 0; i < to.length; i++) to[i] = Math.exp(x[i]!);
  }, /* @__PURE__ */ smoothed("exp")),
);

/** Log. */
export const log = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.log(x[i]!);
});

/** Sqrt. */
export const sqrt = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(x[i]!);
});

/** Reciprocal. */
export const reciprocal = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = 1 / x[i]!;
});

/** Erf. */
export const erf = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = errorFunction(x[i]!);
});

/** Tanh. */
export const tanh = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ floatLoop((x, to) => {
    for (let i = 0; i < to.length; i++) to[i] = Math.tanh(x[i]!);
  }, /* @__PURE__ */ smoothed("tanh")),
);

// Sin to Atanh: JavaScript's own, in double precision.
export const sin = /* @__PURE__ */ floatFunction(Math.sin);
export const cos = /* @__PURE__ */ floatFunction(Math.cos);
export const tan = /* @__PURE__ */ floatFunction(Math.tan);
export const asin = /* @__PURE__ */ floatFunction(Math.asin);
export const acos = /* @__PURE__ */ floatFunction(Math.acos);
export const atan = /* @__PURE__ */ floatFunction(Math.atan);
export const sinh = /* @__PURE__ */ floatFunction(Math.sinh);
export const cosh = /* @__PURE__ */ floatFunction(Math.cosh);
export const asinh = /* @__PURE__ */ floatFunction(Math.asinh);
export const acosh = /* @__PURE__ */ floatFunction(Math.acosh);
export const atanh = /* @__PURE__ */ floatFunction(Math.atanh);
