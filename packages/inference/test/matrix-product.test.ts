import type { Graph, Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupedGemm, OPERATORS, type OperatorTable, plainKernels, prepare, prepareWith } from "../src/index";
import { forms, randomWeight, type ScaledLines, type TestWeight } from "./networks";

const KERNELS = ["wasm", "plain"] as const;

interface Setting {
  readonly op: "right" | "left" | "gemm" | "gemm of B transposed" | "gemm of A and B transposed";
  readonly items: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** A network of one product with a weight `w`, and the weight's shape for it. */
function networkOf({ op, items, inputs, outputs }: Setting): { graph: Graph; shape: number[]; xShape: number[] } {
  const gemm = op.startsWith("gemm");
  const node: Node = {
    name: "product",
    op: gemm ? "Gemm" : "MatMul",
    inputs: op === "left" ? ["w", "x"] : ["x", "w"],
    outputs: ["y"],
    attributes: {
      ...(gemm && { alpha: { float: 0.5 } }),
      ...(op.includes("transposed") && { transB: 1 }),
      ...(op.includes("of A") && { transA: 1 }),
    },
  };
  const graph = { name: "g", opset: 17, inputs: [{ name: "x" }], outputs: [{ name: "y" }], nodes: [node] };
  const shape = op === "left" || op.includes("transposed") ? [outputs, inputs] : [inputs, outputs];
  const xShape = op === "left" || op.includes("of A") ? [inputs, items] : [items, inputs];
  return { graph: graph as Graph, shape, xShape };
}

/** y [items][outputs] in float64, with the sum of all magnitudes, which bounds the error. */
function reference(setting: Setting, x: Float32Array, dense: (output: number, input: number) => number) {
  const { op, items, inputs, outputs } = setting;
  const turned = op === "left" || op.includes("of A");
  return Array.from({ length: items }, (_, item) =>
    Array.from({ length: outputs }, (_, output) => {
      let [sum, size] = [0, 0];
      for (let input = 0; input < inputs; input++) {
        const weight = dense(output, input);
        if (weight === 0) continue;
        const term = x[turned ? input * items + item : item * inputs + input]! * weight;
        sum += term;
        size += Math.abs(term);
      }
      const alpha = op.startsWith("gemm") ? 0.5 : 1;
      return { sum: alpha * sum, size };
    }),
  );
}

function checkProduct(
  setting: Setting,
  weight: TestWeight,
  x: Float32Array,
  kernels: (typeof KERNELS)[number],
  operators: OperatorTable = OPERATORS,
): void {
  const { graph, shape, xShape } = networkOf(setting);
  const { op, items, outputs } = setting;
  const columns = shape[1]!;
  const { dense } = weight;
  const byRow = op === "left" || op.includes("transposed");
  const at = (output: number, input: number) => dense[byRow ? output * columns + input : input * columns + output]!;
  const session = prepareWith({ graph }, { weight: () => weight }, { kernels, operators, plain: plainKernels });
  const { y } = session.run({ x: { type: "float32", shape: xShape, data: x } as never });
  expect(y!.shape).toEqual(op === "left" ? [outputs, items] : [items, outputs]);
  for (const [item, row] of reference(setting, x, at).entries()) {
    for (const [output, { sum, size }] of row.entries()) {
      const got = Number(y!.data[op === "left" ? output * items + item : item * outputs + output]);
      const isRight = Object.is(got, sum) || Math.abs(got - sum) <= 1e-6 * size + 1e-30;
      if (!isRight) expect.fail(`item ${item}, output ${output}: expected ${sum}, got ${got}`);
    }
  }
}

const OPS = ["right", "left", "gemm", "gemm of B transposed", "gemm of A and B transposed"] as const;

const settings = fc.record({
  op: fc.constantFrom(...OPS),
  items: fc.constantFrom(0, 1, 2, 3, 4, 5, 8, 9, 13),
  inputs: fc.integer({ min: 1, max: 60 }),
  outputs: fc.integer({ min: 1, max: 40 }),
  form: fc.constantFrom(...forms),
  density: fc.constantFrom(0, 0.05, 0.2, 0.4, 1),
  centroids: fc.constantFrom(2, 3, 8, 64, 255),
  scaled: fc.constantFrom<ScaledLines>("none", "rows", "columns", "both"),
  seed: fc.integer({ min: 1, max: 1e9 }),
  zeros: fc.constantFrom(0, 0.6),
  kernels: fc.constantFrom(...KERNELS),
});

describe("products with a stored weight", () => {
  test("are those of the dense weight, whatever its form, shape and scales", () => {
    fc.assert(
      fc.property(settings, ({ form, density, centroids, scaled, seed, zeros, kernels, ...setting }) => {
        const random = seededRandom(seed);
        const weight = randomWeight(random, networkOf(setting).shape, { form, density, centroids, scaled });
        const x = Float32Array.from({ length: setting.items * setting.inputs }, () =>
          random() < zeros ? 0 : random() * 2 - 1,
        );
        checkProduct(setting, weight, x, kernels);
      }),
      { numRuns: 300 },
    );
  });

  test("grouped by code only are the same", () => {
    fc.assert(
      fc.property(settings, ({ op, form, density, centroids, scaled, seed, zeros, kernels, ...sizes }) => {
        const random = seededRandom(seed);
        const setting = { ...sizes, op: op.startsWith("gemm") ? op : "gemm" } as const;
        const weight = randomWeight(random, networkOf(setting).shape, { form, density, centroids, scaled });
        const x = Float32Array.from({ length: setting.items * setting.inputs }, () =>
          random() < zeros ? 0 : random() * 2 - 1,
        );
        checkProduct(setting, weight, x, kernels, { Gemm: groupedGemm });
      }),
      { numRuns: 100 },
    );
  });

  test("grouped by code only are so where columns of codes would be faster, and dense where hardly any weights share a code", () => {
    const random = seededRandom(3);
    const setting = { op: "gemm of B transposed", items: 1, inputs: 500, outputs: 400 } as const;
    const { graph, shape } = networkOf(setting);
    const [layoutsOf, codes] = [
      (weight: TestWeight, operators?: OperatorTable) =>
        prepare({ graph }, { weight: () => weight }, operators && { operators }).layers.map(({ layout }) => layout),
      (count: number) => Uint16Array.from({ length: 200_000 }, () => (random() < 0.9 ? 0 : random() * count)),
    ];
    const weightOf = (count: number): TestWeight => {
      const centroids = Float32Array.from({ length: count }, (_, code) => code);
      const stored = { form: "dense", codes: codes(count), centroids } as const;
      return { shape, stored, dense: Float32Array.from(stored.codes) };
    };
    const [some, many] = [weightOf(250), weightOf(2000)];
    expect([layoutsOf(some), layoutsOf(many)]).toEqual([["columns of codes"], ["columns of codes"]]);
    expect(layoutsOf(some, { Gemm: groupedGemm })).toEqual(["grouped by code"]);
    expect(layoutsOf(many, { Gemm: groupedGemm })).toEqual([]);
    const x = Float32Array.from({ length: 500 }, () => random() - 0.5);
    for (const weight of [some, many]) checkProduct(setting, weight, x, "wasm", { Gemm: groupedGemm });
  });

  test.each(KERNELS)("take inputs that are not finite as IEEE says, save where the weight is zero (%s)", (kernels) => {
    for (const [seed, op] of OPS.entries()) {
      const random = seededRandom(seed + 1);
      const setting = { op, items: seed + 1, inputs: 30, outputs: 20 };
      const weight = randomWeight(random, networkOf(setting).shape, { form: "gaps", density: 0.1, centroids: 4 });
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
      const x = Float32Array.from({ length: setting.items * 30 }, () => odd[Math.floor(random() * 30)] ?? random());
      checkProduct(setting, weight, x, kernels);
    }
  });

  test.each(KERNELS)("with tens of thousands of codes, inputs and outputs are right (%s)", (kernels) => {
    for (const [inputs, outputs, count] of [
      [40_000, 2, 65_536],
      [2, 70_000, 3],
      [2, 70_000, 1000],
      [20_000, 20, 5],
    ] as const) {
      const random = seededRandom(inputs);
      const centroids = Float32Array.from({ length: count }, (_, k) => k - 1);
      const codes = Uint16Array.from({ length: inputs * outputs }, () =>
        random() < 0.9 ? 1 : Math.floor(random() * count),
      );
      const weight: TestWeight = {
        shape: [outputs, inputs],
        stored: { form: "dense", codes, centroids },
        dense: Float32Array.from(codes, (code) => centroids[code]!),
      };
      for (const items of [1, 3, 6]) {
        const setting = { op: "gemm of B transposed", items, inputs, outputs } as const;
        const x = Float32Array.from({ length: items * inputs }, () => random() - 0.5);
        checkProduct(setting, weight, x, kernels);
      }
    }
  });

  test.each(KERNELS)(
    "stay the same when a run of sparse inputs, then of others, changes the layout (%s)",
    (kernels) => {
      const random = seededRandom(5);
      const setting = { op: "gemm of B transposed", items: 1, inputs: 300, outputs: 200 } as const;
      const { graph, shape } = networkOf(setting);
      const weight = randomWeight(random, shape, { form: "bitmask", density: 0.3, centroids: 4, scaled: "both" });
      const session = prepare({ graph }, { weight: () => weight }, { kernels });
      const { dense } = weight;
      for (let run = 0; run < 120; run++) {
        const x = Float32Array.from({ length: 300 }, () => (run < 60 && random() < 0.9 ? 0 : random()));
        const { y } = session.run({ x: { type: "float32", shape: [1, 300], data: x } as never });
        const [row] = reference(setting, x, (output, input) => dense[output * 300 + input]!);
        for (const [output, { sum, size }] of row!.entries())
          expect(Math.abs(Number(y!.data[output]) - sum)).toBeLessThanOrEqual(1e-6 * size);
      }
    },
  );

  test("of another type than the weight are refused", () => {
    const setting = { op: "right", items: 1, inputs: 2, outputs: 2 } as const;
    const { graph, shape } = networkOf(setting);
    const weight = randomWeight(seededRandom(1), shape, { form: "dense" });
    const session = prepare({ graph }, { weight: () => weight });
    const x = { type: "float64", shape: [1, 2], data: new Float64Array(2) } as const;
    expect(() => session.run({ x: x as never })).toThrow("expected float32, as the weight has, got float64");
    const wide = { type: "float32", shape: [1, 3], data: new Float32Array(3) } as const;
    expect(() => session.run({ x: wide as never })).toThrow(
      "shapes [1,3] and [2,2] are not those of a product of matrices",
    );
  });
});
