import { integerLimits } from "./integer-limits";
import { type ReduceLoop, reduction, takeMaxima } from "./reduce";

const addAll: ReduceLoop = (x, from, end, sums, at, step) => {
  for (let i = from; i < end; i++, at += step) sums[at] = sums[at]! + x[i]!;
};

const addSquares: ReduceLoop = (x, from, end, sums, at, step) => {
  for (let i = from; i < end; i++, at += step) sums[at] = sums[at]! + x[i]! * x[i]!;
};

const none = () => 0n;
const addBig = (sum: bigint, value: bigint) => sum + value;

/** ReduceSum. */
export const reduceSum = /* @__PURE__ */ reduction({
  initial: 0,
  loop: addAll,
  exact: { initial: none, take: addBig },
});

/** ReduceMean: of integers without what is behind the point. */
export const reduceMean = /* @__PURE__ */ reduction({
  initial: 0,
  loop: addAll,
  finish: (sum, count) => sum / count,
  exact: { initial: none, take: addBig, finish: (sum, count) => (count === 0n ? 0n : sum / count) },
});

/** ReduceMax: NaN where one is. */
export const reduceMax = /* @__PURE__ */ reduction({
  initial: Number.NEGATIVE_INFINITY,
  loop: takeMaxima,
  exact: { initial: (type) => integerLimits(type)[0], take: (top, value) => (value > top ? value : top) },
});

/** ReduceMin: NaN where one is. */
export const reduceMin = /* @__PURE__ */ reduction({
  initial: Number.POSITIVE_INFINITY,
  loop(x, from, end, sums, at, step) {
    for (let i = from; i < end; i++, at += step) sums[at] = Math.min(sums[at]!, x[i]!);
  },
  exact: { initial: (type) => integerLimits(type)[1], take: (least, value) => (value < least ? value : least) },
});

/** ReduceProd. */
export const reduceProd = /* @__PURE__ */ reduction({
  initial: 1,
  loop(x, from, end, sums, at, step) {
    for (let i = from; i < end; i++, at += step) sums[at] = sums[at]! * x[i]!;
  },
  exact: { initial: () => 1n, take: (product, value) => product * value },
});

/** ReduceL1: the sum of magnitudes. */
export const reduceL1 = /* @__PURE__ */ reduction({
  initial: 0,
  loop(x, from, end, sums, at, step) {
    for (let i = from; i < end; i++, at += step) sums[at] = sums[at]! + Math.abs(x[i]!);
  },
  exact: { initial: none, take: (sum, value) => sum + (value < 0n ? -value : value) },
});

/** ReduceL2: the root of the sum of squares. */
export const reduceL2 = /* @__PURE__ */ reduction({ initial: 0, loop: addSquares, finish: Math.sqrt });

/** ReduceSumSquare. */
export const reduceSumSquare = /* @__PURE__ */ reduction({
  initial: 0,
  loop: addSquares,
  exact: { initial: none, take: (sum, value) => sum + value * value },
});

/** ReduceLogSum. */
export const reduceLogSum = /* @__PURE__ */ reduction({ initial: 0, loop: addAll, finish: Math.log });

/** ReduceLogSumExp: the maximum is taken out of the powers, so that they do not overflow. */
export const reduceLogSumExp = /* @__PURE__ */ reduction({
  initial: 0,
  ofMaxima: true,
  loop(x, from, end, sums, at, step, maxima) {
    for (let i = from; i < end; i++, at += step) sums[at] = sums[at]! + Math.exp(x[i]! - maxima[at]!);
  },
  finish: (sum, _, maximum) => Math.log(sum) + maximum,
});
