import { describeNode, intAttribute } from "@deep-compression/network";
import { ELEMENTWISE } from "../kernels.generated";
import { withKernels } from "../operation";
import { type Binary, binary, combined } from "./binary";
import { NUMBERS } from "./element-kinds";

/** What Add does to each two numbers. */
export const ADDITION: Binary = {
  kinds: NUMBERS,
  loop(x, y, to, k, end, i, stepX, j, stepY) {
    for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! + y[j]!;
  },
  floats: (kernels) => kernels.addFloats,
  bigs: (a, b) => a + b,
};

/** Add. */
export const add = /* @__PURE__ */ withKernels([ELEMENTWISE], /* @__PURE__ */ binary(ADDITION));

/** Sub. */
export const sub = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ binary({
    kinds: NUMBERS,
    loop(x, y, to, k, end, i, stepX, j, stepY) {
      for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! - y[j]!;
    },
    floats: (kernels) => kernels.subtractFloats,
    bigs: (a, b) => a - b,
  }),
);

/** Mul. A product of integers is exact before it wraps. */
export const mul = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ binary({
    kinds: NUMBERS,
    loop(x, y, to, k, end, i, stepX, j, stepY) {
      for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! * y[j]!;
    },
    floats: (kernels) => kernels.multiplyFloats,
    integers: /* @__PURE__ */ combined(Math.imul),
    bigs: (a, b) => a * b,
  }),
);

/** Div. Integers lose what is behind the point; by 0 they give 0. */
export const div = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ binary({
    kinds: NUMBERS,
    loop(x, y, to, k, end, i, stepX, j, stepY) {
      for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! / y[j]!;
    },
    floats: (kernels) => kernels.divideFloats,
    bigs: (a, b) => (b === 0n ? 0n : a / b),
  }),
);

/** Mod: with `fmod` the sign of the dividend, without, which integers only have, that of the divisor. By 0 integers give 0. */
export const mod = /* @__PURE__ */ binary(({ node }) => {
  const truncated = combined((a, b) => a % b);
  if (intAttribute(node, "fmod", 0) === 1)
    return { kinds: NUMBERS, loop: truncated, bigs: (a, b) => (b === 0n ? 0n : a % b) };
  return {
    kinds: NUMBERS,
    loop() {
      throw new TypeError(`${describeNode(node)}: floats need fmod = 1`);
    },
    integers: combined((a, b) => {
      const rest = a % b;
      return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
    }),
    bigs(a, b) {
      if (b === 0n) return 0n;
      const rest = a % b;
      return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
    },
  };
});
