import { misfit, stringAttribute } from "@deep-compression/network";
import type { Operator } from "../operation";
import { type Binary, binary, combined } from "./binary";
import { INTEGERS } from "./element-kinds";
import { unary } from "./unary";

/** BitwiseAnd. */
export const bitwiseAnd = /* @__PURE__ */ binary({
  kinds: INTEGERS,
  loop: /* @__PURE__ */ combined((a, b) => a & b),
  bigs: (a, b) => a & b,
});

/** BitwiseOr. */
export const bitwiseOr = /* @__PURE__ */ binary({
  kinds: INTEGERS,
  loop: /* @__PURE__ */ combined((a, b) => a | b),
  bigs: (a, b) => a | b,
});

/** BitwiseXor. */
export const bitwiseXor = /* @__PURE__ */ binary({
  kinds: INTEGERS,
  loop: /* @__PURE__ */ combined((a, b) => a ^ b),
  bigs: (a, b) => a ^ b,
});

/** BitwiseNot. */
export const bitwiseNot = /* @__PURE__ */ unary(() => ({
  kinds: INTEGERS,
  loop(x, to) {
    for (let i = 0; i < to.length; i++) to[i] = ~x[i]!;
  },
  bigs: (value) => ~value,
}));

/** BitShift: 0 where it shifts by as many bits as there are, or more. */
export const bitShift: Operator = /* @__PURE__ */ binary(({ node }): Binary => {
  const direction = stringAttribute(node, "direction", "");
  if (direction === "LEFT")
    return {
      kinds: INTEGERS,
      loop: combined((a, b) => (b > 31 ? 0 : a << b)),
      bigs: (a, b) => (b > 63n ? 0n : a << b),
    };
  if (direction === "RIGHT")
    return {
      kinds: INTEGERS,
      loop: combined((a, b) => (b > 31 ? 0 : a >>> b)),
      bigs: (a, b) => (b > 63n ? 0n : a >> b),
    };
  throw misfit(node, `direction expected LEFT or RIGHT, got ${JSON.stringify(direction)}`);
});
