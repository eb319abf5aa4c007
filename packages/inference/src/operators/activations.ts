import { floatAttribute, misfit } from "@deep-compression/network";
import { broadcastShape } from "../broadcast";
import { CONVOLUTION, ELEMENTWISE } from "../kernels.generated";
import { type Operator, required, withKernels } from "../operation";
import { binary, combined } from "./binary";
import { FLOATS, NUMBERS } from "./element-kinds";
import { toBig } from "./power";
import { bounded, floatLoop, unary } from "./unary";

/** Relu: NaN stays. */
export const relu = /* @__PURE__ */ withKernels(
  [CONVOLUTION],
  /* @__PURE__ */ unary(() => ({
    kinds: NUMBERS,
    loop(x, to) {
      for (let i = 0; i < to.length; i++) {
        const value = x[i]!;
        to[i] = value < 0 ? 0 : value;
      }
    },
    floats: /* @__PURE__ */ bounded({ low: 0 }),
    bigs: (value) => (value < 0n ? 0n : value),
  })),
);

/** LeakyRelu. */
export const leakyRelu = /* @__PURE__ */ withKernels(
  [CONVOLUTION],
  /* @__PURE__ */ unary(({ node }) => {
    const alpha = floatAttribute(node, "alpha", 0.01);
    return {
      kinds: FLOATS,
      loop(x, to) {
        for (let i = 0; i < to.length; i++) {
          const value = x[i]!;
          to[i] = value < 0 ? alpha * value : value;
        }
      },
      floats: bounded({ slope: alpha }),
    };
  }),
);

const slopes = /* @__PURE__ */ binary({
  kinds: NUMBERS,
  loop(x, y, to, k, end, i, stepX, j, stepY) {
    for (; k < end; k++, i += stepX, j += stepY) to[k] = x[i]! < 0 ? x[i]! * y[j]! : x[i]!;
  },
  integers: /* @__PURE__ */ combined((a, b) => (a < 0 ? Math.imul(a, b) : a)),
  bigs: (a, b) => (a < 0n ? a * b : a),
});

/** PRelu: the slope broadcasts to the input; before opset 7 one of more than one element is a slope a channel. */
export const pRelu: Operator = (site) => {
  const { node, opset } = site;
  const operation = slopes(site);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const { shape } = x;
      let slope = required(node, inputs, 1);
      if (opset < 7 && slope.size > 1) slope = context.view(slope, [slope.size, ...shape.slice(2).map(() => 1)]);
      if (broadcastShape(node, [shape, slope.shape]).join() !== shape.join())
        throw misfit(node, `slope of shape [${slope.shape}] does not broadcast to [${shape}]`);
      return operation.run([x, slope], context);
    },
  };
};

/** HardSigmoid: max(0, min(1, alpha x + beta)). */
export const hardSigmoid = /* @__PURE__ */ withKernels(
  [CONVOLUTION],
  /* @__PURE__ */ unary(({ node }) => {
    const [alpha, beta] = [floatAttribute(node, "alpha", 0.2), floatAttribute(node, "beta", 0.5)];
    return {
      kinds: FLOATS,
      loop(x, to) {
        for (let i = 0; i < to.length; i++) {
          const value = alpha * x[i]! + beta;
          to[i] = value < 0 ? 0 : value > 1 ? 1 : value;
        }
      },
      floats({ size, address }, to, context) {
        const line = context.output("float32", [2]);
        line.data.set([alpha, beta] as never);
        const [scale, shift] = [line.address, line.address + 4];
        context.kernels.finishRows(1, size, 0, address, to.address, scale, shift, 1, 0, 1);
      },
    };
  }),
);

/** HardSwish: x max(0, min(1, x / 6 + 1/2)). */
export const hardSwish = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ floatLoop(
    (x, to) => {
      for (let i = 0; i < to.length; i++) {
        const value = x[i]!;
        const gate = value / 6 + 0.5;
        to[i] = value * (gate < 0 ? 0 : gate > 1 ? 1 : gate);
      }
    },
    ({ size, address }, to, { kernels }) => kernels.gateRows(1, size, 0, address, to.address, 1 / 6, 0.5, 0, 1),
  ),
);

/** Softsign: x / (1 + |x|). */
export const softsign = /* @__PURE__ */ floatLoop((x, to) => {
  for (let i = 0; i < to.length; i++) to[i] = x[i]! / (1 + Math.abs(x[i]!));
});

/** ThresholdedRelu: 0 unless above alpha. */
export const thresholdedRelu = /* @__PURE__ */ unary(({ node }) => {
  const alpha = floatAttribute(node, "alpha", 1);
  return {
    kinds: FLOATS,
    loop(x, to) {
      for (let i = 0; i < to.length; i++) to[i] = x[i]! <= alpha ? 0 : x[i]!;
    },
  };
});

/** Shrink: what is near 0 becomes 0, the rest is moved towards it by the bias. */
export const shrink = /* @__PURE__ */ unary(({ node }) => {
  const [bias, bound] = [floatAttribute(node, "bias", 0), floatAttribute(node, "lambd", 0.5)];
  const moved = (value: number) => (value < -bound ? value + bias : value > bound ? value - bias : 0);
  return {
    kinds: NUMBERS,
    loop(x, to) {
      for (let i = 0; i < to.length; i++) to[i] = moved(x[i]!);
    },
    bigs(value) {
      const near = Number(value) >= -bound && Number(value) <= bound;
      if (near) return 0n;
      if (!Number.isInteger(bias)) return toBig(moved(Number(value)));
      return value < 0n ? value + BigInt(bias) : value - BigInt(bias);
    },
  };
});
