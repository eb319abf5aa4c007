import { type Attribute, float } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, type NodeOptions, numbersOf, runNode, vector } from "./math-node";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const { exp, log1p, max, min, tanh } = Math;
const sigmoid = (x: number) => 1 / (1 + exp(-x));

/** The error function by its series, or by its continued fraction. */
function slowErf(x: number): number {
  if (x < 0) return -slowErf(-x);
  let [sum, term] = [x, x];
  if (x < 3) {
    for (let n = 1; n < 100; n++) {
      term *= -(x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let n = 60; n > 0; n--) fraction = x + n / 2 / fraction;
  return 1 - exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}

const gelu = (x: number) => 0.5 * x * (1 + slowErf(x / Math.SQRT2));

type Row = [string, (x: number) => number, Readonly<Record<string, Attribute>>?];

describe("functions of one number", () => {
  it.each<Row>([
    ["Relu", (x) => max(0, x)],
    ["LeakyRelu", (x) => (x < 0 ? 0.25 * x : x), { alpha: float(0.25) }],
    ["Elu", (x) => (x < 0 ? 2 * (exp(x) - 1) : x), { alpha: float(2) }],
    ["Selu", (x) => 1.0507010221481323 * (x > 0 ? x : 1.6732631921768188 * (exp(x) - 1))],
    ["Celu", (x) => max(0, x) + min(0, 2 * (exp(x / 2) - 1)), { alpha: float(2) }],
    ["Sigmoid", sigmoid],
    ["HardSigmoid", (x) => max(0, min(1, 0.25 * x + 0.5)), { alpha: float(0.25) }],
    ["HardSwish", (x) => x * max(0, min(1, x / 6 + 0.5))],
    ["Swish", (x) => x * sigmoid(2 * x), { alpha: float(2) }],
    ["Mish", (x) => x * tanh(log1p(exp(x)))],
    ["Softplus", (x) => log1p(exp(x))],
    ["Softsign", (x) => x / (1 + Math.abs(x))],
    ["ThresholdedRelu", (x) => (x > 1.5 ? x : 0), { alpha: float(1.5) }],
    ["Shrink", (x) => (x < -1 ? x + 0.5 : x > 1 ? x - 0.5 : 0), { bias: float(0.5), lambd: float(1) }],
    ["Gelu", gelu],
    ["Gelu", (x) => 0.5 * x * (1 + tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))), { approximate: "tanh" }],
    ["Erf", slowErf],
    ["Tanh", tanh],
    ["Exp", exp],
    ["Asinh", Math.asinh],
  ])("%s agrees with its formula in double precision", (op, compute, attributes = {}) => {
    const value = fc.double({ min: -12, max: 12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const got = numbersOf(op, [array("float64", [values.length], values)], { attributes, opset: 24 });
        for (const [i, x] of values.entries()) {
          const expected = compute(x);
          expect(Math.abs(got[i]! - expected)).toBeLessThanOrEqual(2e-11 + 1e-10 * Math.abs(expected));
        }
      }),
    );
  });

  it("Erf of float32 is right to 1e-7", () => {
    const values = Array.from({ length: 2001 }, (_, i) => (i - 1000) / 200);
    const got = numbersOf("Erf", [vector(...values)]);
    for (const [i, x] of values.entries()) expect(Math.abs(got[i]! - slowErf(Math.fround(x)))).toBeLessThan(1e-7);
  });

  it.each(["Relu", "LeakyRelu", "HardSigmoid", "HardSwish", "Sigmoid", "Elu", "Softplus", "Mish", "Gelu", "Erf"])(
    "%s of NaN is NaN",
    (op) => {
      expect(numbersOf(op, [vector(nan)])).toEqual([nan]);
    },
  );

  it.each<[string, number, number]>([
    ["Sigmoid", 0, 1],
    ["Softplus", 0, infinity],
    ["Erf", -1, 1],
    ["Relu", 0, infinity],
    ["Elu", -1, infinity],
    ["Tanh", -1, 1],
  ])("%s of the infinities", (op, low, high) => {
    expect(numbersOf(op, [vector(-infinity, infinity)])).toEqual([low, high]);
  });
});

describe("Clip", () => {
  const [low, high] = [array("float32", [], [-1]), array("float32", [], [1])];

  it.each<[string, readonly (ReturnType<typeof vector> | undefined)[], readonly number[], NodeOptions?]>([
    ["both bounds", [vector(-2, 0.5, 3, nan), low, high], [-1, 0.5, 1, nan]],
    ["no lower bound", [vector(-2, 3), undefined, high], [-2, 1]],
    ["no bounds", [vector(-2, 3)], [-2, 3]],
    ["the upper bound wins", [vector(-2, 0, 3), high, low], [-1, -1, -1]],
    ["attributes", [vector(-2, 3)], [-1, 3], { opset: 6, attributes: { min: float(-1) } }],
    ["integers", [array("int64", [2], [-5, 5]), array("int64", [], [-3])], [-3, 5]],
    ["bytes", [array("uint8", [2], [3, 250]), array("uint8", [], [5])], [5, 250]],
  ])("%s", (_, inputs, expected, options) => {
    expect(numbersOf("Clip", inputs, options)).toEqual(expected);
  });

  it("refuses bounds that are no numbers of its type", () => {
    expect(() => runNode("Clip", [vector(1), array("int32", [], [1])])).toThrow("expected two of float32, got int32");
    expect(() => runNode("Clip", [vector(1), vector(1, 2)])).toThrow("expected a single number, got shape [2]");
  });
});

describe("PRelu", () => {
  it("broadcasts its slopes to the input", () => {
    const x = array("float32", [2, 2], [-1, 2, -3, -4]);
    expect(numbersOf("PRelu", [x, vector(2, 3)])).toEqual([-2, 2, -6, -12]);
    expect(numbersOf("PRelu", [x, vector(2, 3)], { opset: 6 })).toEqual([-2, 2, -6, -12]);
  });
});

describe("along an axis", () => {
  const x = array("float32", [2, 1, 2], [0, Math.log(3), 1, 1]);

  it.each<[string, readonly number[], NodeOptions?]>([
    ["Softmax", [0.25, 0.75, 0.5, 0.5]],
    ["Softmax", [1, 1, 1, 1], { attributes: { axis: 1 } }],
    ["Hardmax", [0, 1, 1, 0]],
    ["Hardmax", [0, 1, 1, 0], { attributes: { axis: 0 } }],
    ["Hardmax", [0, 1, 0, 0], { attributes: { axis: 0 }, opset: 11 }],
  ])("%s %#", (op, expected, options) => {
    for (const [i, value] of numbersOf(op, [x], options).entries()) expect(value).toBeCloseTo(expected[i]!, 6);
  });

  it("LogSoftmax does not overflow", () => {
    const [a, b] = numbersOf("LogSoftmax", [vector(10_000, 10_001)]) as [number, number];
    expect(a).toBeCloseTo(-1.3132617, 4);
    expect(b).toBeCloseTo(-0.3132617, 4);
  });

  it("takes empty values, and refuses an axis that is not there", () => {
    expect(runNode("Softmax", [array("float32", [2, 0], [])])[0]!.shape).toEqual([2, 0]);
    const many = array("float32", [2 ** 24, 3, 0], []);
    expect(runNode("Softmax", [many], { attributes: { axis: 1 } })[0]!.shape).toEqual(many.shape);
    expect(() => runNode("Softmax", [vector(1)], { attributes: { axis: 1 } })).toThrow(
      'Softmax node "y0": axis 1 expected one of 1 dimensions',
    );
  });
});
