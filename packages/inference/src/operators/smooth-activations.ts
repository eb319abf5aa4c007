import { floatAttribute, misfit, stringAttribute } from "@deep-compression/network";
import { FLOATS } from "./element-kinds";
import { erf } from "./error-function";
import { floatFunction, floatLoop, mapped, unary } from "./unary";

/** Sigmoid. */
export const sigmoid = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = 1 / (1 + Math.exp(-x[i]!));
});

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

const geluExact = (x: number) => 0.5 * x * (1 + erf(x * Math.SQRT1_2));
const geluTanh = (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

/** Gelu: of the error function, or of its approximation by tanh. */
export const gelu = /* @__PURE__ */ unary(({ node }) => {
  const approximate = stringAttribute(node, "approximate", "none");
  if (approximate === "none") return { kinds: FLOATS, loop: mapped(geluExact) };
  if (approximate === "tanh") return { kinds: FLOATS, loop: mapped(geluTanh) };
  throw misfit(node, `approximate expected none or tanh, got ${JSON.stringify(approximate)}`);
});

/** log(1 + e^x), which does not overflow. */
function softplusOf(x: number): number {
  return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Softplus: log(1 + e^x). */
export const softplus = /* @__PURE__ */ floatFunction(softplusOf);

/** Mish: x tanh(softplus(x)). */
export const mish = /* @__PURE__ */ floatFunction((x) => x * Math.tanh(softplusOf(x)));
