import { roundToFloat16 } from "@deep-compression/bits";
import { denseWeights, floatData, prepare, type ShapedArray } from "@deep-compression/inference";
import { float, lenet5, lenet300100, type Node, shapeOf } from "@deep-compression/network";
import { dequantizeWeight } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  denseNetworkOf,
  type Form,
  forms,
  graphOf,
  integers,
  type Random,
  randomValues,
  randomWeight,
  type ScaledLines,
  sourceOf,
  type TestNetwork,
  type TestWeight,
} from "./networks";
import { type Dense, referenceRun } from "./reference";

const numRuns = (base: number) => ({ numRuns: base * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) });

/** The largest difference, relative to the largest element. */
function relativeError(output: ShapedArray, expected: Dense): number {
  const got = { shape: output.shape, data: floatData(output) };
  expect(got.shape).toEqual(expected.shape);
  let [difference, largest] = [0, 1e-30];
  for (let i = 0; i < expected.data.length; i++) {
    expect(Number.isNaN(got.data[i])).toBe(false);
    difference = Math.max(difference, Math.abs(got.data[i] - expected.data[i]));
    largest = Math.max(largest, Math.abs(expected.data[i]));
  }
  return difference / largest;
}

function expectAgreement(network: TestNetwork, batch: number, random: Random): void {
  const [value] = network.graph.inputs;
  const { name: input } = value;
  const item = shapeOf(value).slice(1) as number[];
  const data = randomValues(
    random,
    item.reduce((product, d) => product * d, batch),
  );
  const inputs = { [input]: { shape: [batch, ...item], data } };
  const got = prepare(network, sourceOf(network)).run(inputs);
  const expected = referenceRun(network.graph, network.weights, inputs);
  for (const [name, value] of Object.entries(expected)) expect(relativeError(got[name], value)).toBeLessThan(1e-5);
}

/** A mulberry-like generator for the values; the choices of structure are fast-check's. */
function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const anyForm = fc.constantFrom<Form>(...forms);
const anyLines = fc.constantFrom<ScaledLines>("none", "rows", "columns", "both");

describe("a session agrees with a dense float64 reference to 1e-5", () => {
  it.each(forms)("on LeNet-300-100 and LeNet-5 with weights stored as %s", (form) => {
    const random = randomOf(7);
    for (const { graph, parameters } of [lenet300100, lenet5]) {
      const weights: Record<string, TestWeight> = {};
      for (const { name, shape } of parameters)
        weights[name] = randomWeight(random, shape, { form, density: shape.length > 1 ? 0.05 : 0.9, centroids: 32 });
      expectAgreement({ graph, weights }, 2, random);
    }
  });

  it("on random chains of matrix products", () => {
    const layer = fc.record({
      op: fc.constantFrom("Gemm", "MatMul"),
      outputs: fc.integer({ min: 1, max: 12 }),
      transB: fc.constantFrom(0, 1),
      bias: fc.constantFrom("none", "vector", "row", "scalar"),
      form: anyForm,
      scaled: anyLines,
      centroids: fc.constantFrom(2, 3, 17),
    });
    const chain = fc.array(layer, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        chain,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 19 }),
        fc.integer(),
        (layers, width, batch, seed) => {
          const random = randomOf(seed);
          const weights: Record<string, TestWeight> = {};
          const nodes: Node[] = [];
          let [inputs, last] = [width, "x"];
          layers.forEach(({ op, outputs, transB, bias, form, scaled, centroids }, i) => {
            const transposed = op === "Gemm" && transB === 1;
            const shape = transposed ? [outputs, inputs] : [inputs, outputs];
            weights[`w${i}`] = randomWeight(random, shape, { form, scaled, centroids });
            const biasShape = { none: [], vector: [outputs], row: [1, outputs], scalar: [1] }[bias];
            if (bias !== "none") weights[`b${i}`] = randomWeight(random, biasShape, { form, density: 0.8 });
            const attributes: Node["attributes"] = op === "Gemm" ? { transB, alpha: float(0.5), beta: float(-2) } : {};
            const hasBias = op === "Gemm" && bias !== "none";
            nodes.push({ op, inputs: [last, `w${i}`, ...(hasBias ? [`b${i}`] : [])], outputs: [`m${i}`], attributes });
            nodes.push({ op: "Relu", inputs: [`m${i}`], outputs: [`r${i}`], attributes: {} });
            [inputs, last] = [outputs, `r${i}`];
          });
          expectAgreement({ graph: graphOf([width], nodes.slice(0, -1)), weights }, batch, random);
        },
      ),
      numRuns(60),
    );
  });

  it("on random convolutions: strides, pads, dilations, groups", () => {
    const axis = fc.record({
      input: fc.integer({ min: 4, max: 9 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 3 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      pads: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    });
    const options = fc.record({
      rows: axis,
      columns: axis,
      group: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 3 }),
      outputs: fc.integer({ min: 1, max: 3 }),
      autoPad: fc.constantFrom("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"),
      bias: fc.boolean(),
      form: anyForm,
      scaled: anyLines,
    });
    fc.assert(
      fc.property(options, fc.constantFrom(1, 2, 9), fc.integer(), (o, batch, seed) => {
        const random = randomOf(seed);
        const shape = [o.outputs * o.group, o.channels, o.rows.kernel, o.columns.kernel];
        const { form, scaled } = o;
        const weights: Record<string, TestWeight> = { w: randomWeight(random, shape, { form, scaled, density: 0.6 }) };
        if (o.bias) weights.b = randomWeight(random, [shape[0]], { form: "raw", density: 1 });
        const node: Node = {
          op: "Conv",
          inputs: ["x", "w", ...(o.bias ? ["b"] : [])],
          outputs: ["y"],
          attributes: {
            strides: [o.rows.stride, o.columns.stride],
            dilations: [o.rows.dilation, o.columns.dilation],
            group: o.group,
            auto_pad: o.autoPad,
            ...(o.autoPad === "NOTSET"
              ? { pads: [o.rows.pads[0], o.columns.pads[0], o.rows.pads[1], o.columns.pads[1]] }
              : {}),
          },
        };
        const span = (a: typeof o.rows) => (a.kernel - 1) * a.dilation + 1;
        fc.pre(span(o.rows) <= o.rows.input && span(o.columns) <= o.columns.input);
        const graph = graphOf([o.channels * o.group, o.rows.input, o.columns.input], [node]);
        expectAgreement({ graph, weights }, batch, random);
      }),
      numRuns(80),
    );
  });

  it("with scales of any bits, to what float32 rounds: the input, and the elements that the reference has", () => {
    const [outputs, inputs] = [5, 40];
    for (const form of forms.filter((one) => one !== "raw")) {
      for (const op of ["Gemm", "MatMul"] as const) {
        const random = randomOf(outputs);
        const shape = op === "Gemm" ? [outputs, inputs] : [inputs, outputs];
        const { stored } = randomWeight(random, shape, { form, scaled: "both" });
        if (stored.form === "raw") throw new Error("unreachable: the form has codes");
        const lines = (count: number) => roundToFloat16(Float32Array.from({ length: count }, () => 0.1 + random()));
        const weight = { ...stored, scales: { rows: lines(shape[0]), columns: lines(shape[1]) } };
        const dense = dequantizeWeight(weight);
        const node: Node = { op, inputs: ["x", "w"], outputs: ["y"], attributes: op === "Gemm" ? { transB: 1 } : {} };
        const x = randomValues(random, inputs);
        const source = { weight: () => ({ shape, stored: weight }) };
        const { y } = prepare({ graph: graphOf([inputs], [node]) }, source).run({
          x: { shape: [1, inputs], data: x },
        });
        for (let o = 0; o < outputs; o++) {
          const terms = Array.from(x, (value, i) => value * dense[op === "Gemm" ? o * inputs + i : i * outputs + o]);
          const exact = terms.reduce((sum, term) => sum + term, 0);
          const magnitude = terms.reduce((sum, term) => sum + Math.abs(term), 0);
          // Each term: twice rounded in the reference, once as a scaled input; then the output.
          expect(Math.abs(floatData(y)[o] - exact)).toBeLessThanOrEqual(4.001 * 2 ** -24 * magnitude);
        }
      }
    }
  });

  it("on random pooling: strides, pads, dilations, ceil_mode, count_include_pad", () => {
    const axis = fc.record({
      input: fc.integer({ min: 3, max: 9 }),
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 4 }),
      pads: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
    });
    const options = fc.record({
      op: fc.constantFrom("MaxPool", "AveragePool"),
      rows: axis,
      columns: axis,
      ceil: fc.constantFrom(0, 1),
      countPadding: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(options, fc.constantFrom(1, 3, 8), fc.integer(), (o, batch, seed) => {
        // ONNX asks that padding be smaller than the kernel: every window then meets the input.
        const pad = (a: typeof o.rows, side: 0 | 1) => Math.min(a.pads[side], a.kernel - 1);
        const attributes = {
          kernel_shape: [o.rows.kernel, o.columns.kernel],
          strides: [o.rows.stride, o.columns.stride],
          pads: [pad(o.rows, 0), pad(o.columns, 0), pad(o.rows, 1), pad(o.columns, 1)],
          ceil_mode: o.ceil,
          ...(o.op === "AveragePool" ? { count_include_pad: o.countPadding } : {}),
        };
        const graph = graphOf(
          [2, o.rows.input, o.columns.input],
          [{ op: o.op, inputs: ["x"], outputs: ["y"], attributes }],
        );
        expectAgreement({ graph, weights: {} }, batch, randomOf(seed));
      }),
      numRuns(100),
    );
  });

  it.each([
    [
      "LRN",
      [5, 2, 3],
      { op: "LRN", attributes: { size: 3, alpha: float(0.5), beta: float(0.75), bias: float(2) } },
      13,
    ],
    ["LRN of an even size", [5, 2], { op: "LRN", attributes: { size: 4, alpha: float(0.5) } }, 13],
    ["Softmax", [3, 4], { op: "Softmax", attributes: {} }, 13],
    ["Softmax along channels", [3, 4], { op: "Softmax", attributes: { axis: 1 } }, 13],
    ["Softmax before opset 13", [3, 4], { op: "Softmax", attributes: {} }, 11],
    ["Dropout", [3], { op: "Dropout", attributes: {} }, 13],
    ["Identity", [3], { op: "Identity", attributes: {} }, 13],
    ["Flatten", [3, 2, 2], { op: "Flatten", attributes: {} }, 13],
  ])("on %s", (_, item, { op, attributes }, opset) => {
    const graph = graphOf(item, [{ op, inputs: ["x"], outputs: ["y"], attributes }], opset);
    for (const batch of [1, 11]) expectAgreement({ graph, weights: {} }, batch, randomOf(3));
  });

  it.each([[[4]], [[1]], [[3, 1]], [[2, 1, 4]], [[1, 2, 3, 4]]])("on Add of a weight of shape %j", (shape) => {
    const random = randomOf(5);
    const weights = { w: randomWeight(random, shape, { form: "gaps", density: 0.9 }) };
    const add = (inputs: readonly string[]) =>
      graphOf([2, 3, 4], [{ op: "Add", inputs, outputs: ["y"], attributes: {} }]);
    expectAgreement({ graph: add(["x", "w"]), weights }, 9, random);
    expectAgreement({ graph: add(["w", "x"]), weights }, 1, random);
  });

  it("on a residual block that adds two computed values, one of them under another name", () => {
    const graph = graphOf(
      [4],
      [
        { op: "Identity", inputs: ["x"], outputs: ["i"], attributes: {} },
        { op: "Relu", inputs: ["x"], outputs: ["r"], attributes: {} },
        { op: "Add", inputs: ["r", "i"], outputs: ["y"], attributes: {} },
      ],
    );
    expectAgreement({ graph, weights: {} }, 10, randomOf(2));
  });

  it.each([[[0, -1]], [[-1, 6, 4]], [[0, 0, 12]], [[-1, 2, 3, 4]]])("on Reshape to %j", (target) => {
    const node = { op: "Reshape", inputs: ["x", "t"], outputs: ["y"], attributes: {} };
    const weights = { t: integers(target) };
    expectAgreement({ graph: graphOf([2, 3, 4], [node]), weights }, 3, randomOf(2));
  });

  it("on a weight under other names that Identity and Dropout give it", () => {
    const random = randomOf(4);
    const weights = {
      w: randomWeight(random, [4, 3], { form: "gaps" }),
      b: randomWeight(random, [3], { form: "raw" }),
    };
    const gemm = (weight: string, bias: string) => ({
      op: "Gemm",
      inputs: ["x", weight, bias],
      outputs: ["y"],
      attributes: {},
    });
    const renamed = (op: string, from: string, to: string) => ({ op, inputs: [from], outputs: [to], attributes: {} });
    const plain = graphOf([4], [gemm("w", "b")]);
    const named = graphOf(
      [4],
      [renamed("Identity", "w", "v"), renamed("Identity", "v", "u"), renamed("Dropout", "b", "c"), gemm("u", "c")],
    );
    const input = { shape: [9, 4], data: randomValues(random, 36) };
    const outputs = [plain, named].map((graph) => prepare({ graph }, sourceOf({ graph, weights })).run({ x: input }));
    expect(outputs[1]).toEqual(outputs[0]);
  });

  it("on Reshape to a fixed batch, for that batch, and no other", () => {
    const weights = {
      t: integers([1, -1]),
      w: randomWeight(randomOf(4), [24, 3], { form: "raw" }),
    };
    const graph = graphOf(
      [2, 3, 4],
      [
        { op: "Reshape", inputs: ["x", "t"], outputs: ["r"], attributes: {} },
        { op: "MatMul", inputs: ["r", "w"], outputs: ["y"], attributes: {} },
      ],
    );
    expectAgreement({ graph, weights }, 1, randomOf(2));
    const session = prepare({ graph }, sourceOf({ graph, weights }));
    expect(() => session.run({ x: { shape: [2, 2, 3, 4], data: new Float32Array(48) } })).toThrow(
      /^MatMul node "y": .*48/,
    );
  });

  it("on the dense weights of the same network", () => {
    const random = randomOf(11);
    const weights: Record<string, TestWeight> = {};
    for (const { name, shape } of lenet5.parameters) weights[name] = randomWeight(random, shape, { form: "gaps" });
    const network = { graph: lenet5.graph, weights };
    const input = { shape: [3, 1, 28, 28], data: randomValues(random, 3 * 784) };
    const shared = prepare(network, sourceOf(network)).run({ input });
    const dense = prepare(network, denseWeights(denseNetworkOf(network))).run({ input });
    expect(relativeError(shared.output, { shape: dense.output.shape, data: floatData(dense.output) })).toBeLessThan(
      1e-5,
    );
  });
});
