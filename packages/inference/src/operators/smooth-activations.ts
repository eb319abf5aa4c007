import { floatAttribute, misfit, stringAttribute } from "@deep-compression/network";
import { ELEMENTWISE } from "../kernels.generated";
import { withKernels } from "../operation";
import { FLOATS } from "./element-kinds";
import { erf } from "./error-function";
import { floatFunction, floatLoop, mapped, smoothed, type UnaryLoop, unary } from "./unary";

/** Sigmoid. */
export const sigmoid = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ floatLoop((x, to) => {
    for (let i = 0; i < to.length; i++) to[i] = 1 / (1 + Math.exp(-x[i]!));
  }, /* @__PURE__ */ smoothed("sigmoid")),
);

/** Swish: x times the sigmoid of alpha x. */
export const swish = /* @__PURE__ */ unary(({ node }) => {
  const alpha = floatAttribute(node, "alpha", 1);
  return {
    kinds: FLOATS,
    loop(x, to) {
      for (let i = 0; i < to.length; i++) to[i] = x[i]! / (1 + Math.exp(-alpha * x[i]!));
    },
  };
});

/** Elu: alpha (e^x - 1) below 0. */
export const elu = /* @__PURE__ */ unary(({ node }) => {
  const alpha = floatAttribute(node, "alpha", 1);
  return { kinds: FLOATS, loop: mapped((x) => (x < 0 ? alpha * Math.expm1(x) : x)) };
});

/** Selu: gamma x, and gamma alpha (e^x - 1) below 0. */
export const selu = /* @__PURE__ */ unary(({ node }) => {
  const alpha = floatAttribute(node, "alpha", 1.6732631921768188);
  const gamma = floatAttribute(node, "gamma", 1.0507010221481323);
  return { kinds: FLOATS, loop: mapped((x) => gamma * (x <= 0 ? alpha * Math.expm1(x) : x)) };
});

/** Celu: alpha (e^(x / alpha) - 1) below 0. */
export const celu = /* @__PURE__ */ unary(({ node }) => {
  const alpha = floatAttribute(node, "alpha", 1);
  return {
    kinds: FLOATS,
    loop: mapped((x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha))),
  };
});

const geluLoop: UnaryLoop = (x, to) => {
  for (let i = 0; i < to.length; i++) {
    const value = x[i]!;
    to[i] = 0.5 * value * (1 + erf(value * Math.SQRT1_2));
  }
};

/** (1 + tanh(u)) / 2 is the sigmoid of 2 u. */
const geluTanhLoop: UnaryLoop = (x, to) => {
  const scale = -2 * Math.sqrt(2 / Math.PI);
  for (let i = 0; i < to.length; i++) {
    const value = x[i]!;
    to[i] = value / (1 + Math.exp(scale * (value + 0.044715 * value * value * value)));
  }
};

/** Gelu: of the error function, or of its approximation by tanh. */
export const gelu = /* @__PURE__ */ unary(({ node }) => {
  const approximate = stringAttribute(node, "approximate", "none");
  if (approximate === "none") return { kinds: FLOATS, loop: geluLoop };
  if (approximate === "tanh") return { kinds: FLOATS, loop: geluTanhLoop };
  throw misfit(node, `approximate expected none or tanh, got ${JSON.stringify(approximate)}`);
});

/** Softplus: log(1 + e^x), so that it does not overflow. */
export const softplus = /* @__PURE__ */ floatFunction((x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))));

/** Mish: x tanh(log(1 + e^x)), which is x n / (n + 2) with n = e^x (e^x + 2). */
export const mish = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) {
    const value = x[i]!;
    const power = Math.exp(value);
    const n = power * (power + 2);
    to[i] = value > 40 ? value : (value * n) / (n + 2);
  }
});
