import { roundToFloat16 } from "@deep-compression/bits";
import {
  type ElementType,
  elementsOfValues,
  floatTensor,
  floatValues,
  type Graph,
  type Network,
  type Node,
  type Tensor,
} from "@deep-compression/network";
import { compress, type DefaultPlanOptions, defaultPlan, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { decompressed } from "./opened";

function bell(seed: number): () => number {
  const random = seededRandom(seed);
  return () => random() + random() + random() - 1.5;
}

function weights(name: string, shape: readonly number[], scale = 1): Tensor {
  const next = bell(name.length + shape.length);
  const count = shape.reduce((product, size) => product * size, 1);
  return floatTensor(
    name,
    shape,
    Float32Array.from({ length: count }, () => scale * next()),
  );
}

function graphOf(nodes: readonly (Pick<Node, "op" | "inputs"> & Partial<Node>)[]): Graph {
  const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 8] });
  const last = nodes.length - 1;
  return {
    opset: 17,
    inputs: [value("x")],
    outputs: [value("y")],
    nodes: nodes.map((node, i) => ({ attributes: {}, outputs: [i === last ? "y" : `v${i}`], ...node })),
  };
}

function relativeError(before: Tensor, after: Tensor): number {
  const [a, b] = [floatValues(before), floatValues(after)];
  const lost = a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
  return lost / a.reduce((sum, value) => sum + value ** 2, 0);
}

/** Compresses by the default plan; each tensor's relative error, and whether it came back bit for bit. */
async function results(network: Network, options: DefaultPlanOptions = {}) {
  const { bytes, ledger } = compress(network, defaultPlan(network, options));
  const { tensors } = await decompressed(bytes);
  return network.tensors.map((tensor, i) => ({
    name: tensor.name,
    error: tensor.type === "float32" ? relativeError(tensor, tensors[i]) : 0,
    isSame: Buffer.compare(tensor.bytes, tensors[i].bytes) === 0,
    row: ledger.rows[i],
    file: bytes.length,
  }));
}

/** The file is much smaller than the weights and nothing but them has changed. */
const MASK = floatTensor(
  "mask",
  [32, 32],
  Float32Array.from({ length: 1024 }, (_, i) => (i % 32 > i / 32 ? -1e9 : 0)),
);

describe("by default", () => {
  test("weights lose little, zeros are not made of them, and everything else comes back bit for bit", async () => {
    const network: Network = {
      graph: graphOf([
        { op: "Conv", inputs: ["x", "filters", "filter bias"] },
        { op: "PRelu", inputs: ["v0", "slope"] },
        { op: "Mul", inputs: ["v1", "scale"] },
        { op: "Add", inputs: ["v2", "bias of rank 4"] },
        { op: "MatMul", inputs: ["v3", "matrix"] },
        { op: "Add", inputs: ["v4", "mask"] },
        { op: "Slice", inputs: ["grid", "starts"], outputs: ["part"] },
        { op: "Add", inputs: ["v5", "part"] },
      ]),
      tensors: [
        weights("filters", [32, 16, 3, 3]),
        weights("filter bias", [32]),
        weights("slope", [32, 1, 1]),
        weights("scale", [1, 32, 1, 1]),
        weights("bias of rank 4", [1, 32, 1, 1]),
        weights("matrix", [200, 100], 0.05),
        MASK,
        weights("grid", [20, 20]),
        { name: "starts", type: "int64", shape: [1], bytes: new Uint8Array(8) },
      ],
    };
    const all = await results(network);
    const coded = all.filter(({ isSame }) => !isSame);
    expect(coded.map(({ name }) => name)).toEqual(["filters", "matrix"]);
    for (const { error, row } of coded) {
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThanOrEqual(0.002);
      expect(row.kept).toBeGreaterThan(0.97 * row.weights);
      expect(row.declined).toBeUndefined();
    }
  });

  test("the weights of the branches of an If are coded", async () => {
    const branch = (local: string, name: string) => ({
      graph: {
        inputs: [],
        outputs: [{ name: "z" }],
        tensors: { [local]: name },
        nodes: [{ op: "MatMul", inputs: ["x", local], outputs: ["z"], attributes: {} }],
      },
    });
    const attributes = { then_branch: branch("w", "then/w"), else_branch: branch("w", "else/w") };
    const graph = graphOf([{ op: "If", inputs: ["x"], attributes }]);
    const outline = { graph, tensors: [weights("then/w", [40, 40]), weights("else/w", [40, 40])] };
    const { tensors } = defaultPlan(outline);
    expect(tensors).toEqual({
      "then/w": { maxError: expect.any(Number), errorOf: "typical" },
      "else/w": { maxError: expect.any(Number), errorOf: "typical" },
    });
  });

  /** Errors that the plan allows weights of these shapes, in a network without a graph. */
  function allowed(shapes: readonly (readonly number[])[]): readonly number[] {
    const tensors = shapes.map((shape, i) => ({ name: `w${i}`, type: "float32" as const, shape }));
    const plans = defaultPlan({ tensors }).tensors ?? {};
    return tensors.map(({ name }) => plans[name].maxError ?? 0);
  }

  test("a layer's error is in proportion to its number of weights, and that of a network of few weights to theirs", () => {
    const [large, small] = allowed([
      [1500, 1000],
      [500, 1000],
    ]);
    expect(large / small).toBeCloseTo(3, 5);
    const [alone] = allowed([[2000, 1000]]);
    expect(large + small).toBeCloseTo(alone, 8);
    expect(alone / allowed([[256, 512]])[0]).toBeCloseTo(3, 5); // 2^17 of 3 * 2^17 weights
  });

  test("a layer that is next to nothing of a network has the least error, and one of very many that of a hundredth", () => {
    const [large, tiny] = allowed([
      [3000, 3000],
      [16, 16],
    ]);
    expect(tiny).toBe(1e-6);
    expect(allowed(Array.from({ length: 2000 }, () => [64, 64]))[0]).toBeCloseTo(large / 100, 8);
  });

  test("errors of a convolution's kernels are balanced, and four times as large, in the layout of each format", () => {
    const planOf = (outline: Parameters<typeof defaultPlan>[0]) => defaultPlan(outline).tensors?.w ?? {};
    const type = "float32" as const;
    const head = (shape: readonly number[]) => ({ tensors: [{ name: "w", type, shape }] });
    const conv = (shape: readonly number[]) => ({
      ...head(shape),
      graph: graphOf([{ op: "Conv", inputs: ["x", "w"] }]),
    });
    expect(planOf(conv([64, 32, 3, 3])).kernelAxes).toEqual([2, 3]);
    expect(planOf(conv([64, 32, 5])).kernelAxes).toEqual([2]);
    expect(planOf(conv([64, 32, 1, 1])).kernelAxes).toBeUndefined();
    expect(planOf(conv([64, 1, 256])).kernelAxes).toBeUndefined(); // a filter of a signal
    expect(
      planOf({ ...head([64, 32, 3, 3]), graph: graphOf([{ op: "MatMul", inputs: ["x", "w"] }]) }).kernelAxes,
    ).toBeUndefined();
    expect(planOf(head([64, 32, 3, 3])).kernelAxes).toEqual([2, 3]);
    expect(planOf({ ...head([3, 3, 32, 64]), weights: new Set(["w"]) }).kernelAxes).toEqual([0, 1]);
    const turned = [
      { op: "Transpose", inputs: ["w"] },
      { op: "Conv", inputs: ["x", "v0"] },
    ];
    const known = { ...head([3, 3, 32, 64]), weights: new Set(["w"]) };
    expect(planOf({ ...known, graph: graphOf(turned) }).kernelAxes).toEqual([0, 1]);
    expect(planOf(head([64, 288])).kernelAxes).toBeUndefined();
    const [balanced, plain] = [planOf(conv([64, 32, 3, 3])), planOf(head([64, 288]))];
    expect((balanced.maxError ?? 0) / (plain.maxError ?? 1)).toBeCloseTo(4, 5);
    for (const options of [{ bits: 4 }, { maxError: 0.01 }, { targetBytes: 9000 }, { sparsity: 0.5 }]) {
      expect(defaultPlan(conv([64, 32, 3, 3]), options).tensors?.w.kernelAxes, JSON.stringify(options)).toEqual([2, 3]);
    }
  });

  test("errors of rows are balanced where inputs are not negative, and 1.4 times as large", () => {
    const planOf = (op: string, shape: readonly number[]) => {
      const nodes = [
        { op, inputs: ["x"] },
        { op: "MatMul", inputs: ["v0", "w"] },
      ];
      const tensors = [{ name: "w", type: "float32" as const, shape }];
      return defaultPlan({ tensors, graph: graphOf(nodes) }).tensors?.w ?? {};
    };
    const [balanced, plain] = [planOf("Relu", [64, 32]), planOf("Tanh", [64, 32])];
    expect(balanced.kernelAxes).toEqual([0]);
    expect(plain.kernelAxes).toBeUndefined();
    expect((balanced.maxError ?? 0) / (plain.maxError ?? 1)).toBeCloseTo(1.4, 5);
  });

  test("balanced kernels change what they make of inputs that are alike far less", async () => {
    const w = weights("w", [32, 32, 3, 3]);
    const graph = graphOf([{ op: "Conv", inputs: ["x", "w"] }]);
    const sumsOf = (tensor: Tensor) => {
      const sums = new Float64Array(32 * 32);
      for (const [i, value] of floatValues(tensor).entries()) sums[Math.floor(i / 9)] += value;
      return sums;
    };
    const before = sumsOf(w);
    const changeOf = async (plan: Plan) => {
      const [back] = (await decompressed(compress({ graph, tensors: [w] }, plan).bytes)).tensors;
      return sumsOf(back).reduce((sum, value, i) => sum + (value - before[i]) ** 2, 0);
    };
    const plain = await changeOf({ default: { maxError: 1e-3 } });
    expect(await changeOf({ default: { maxError: 1e-3, kernelAxes: [2, 3] } })).toBeLessThan(plain / 4);
    const clusters = { share: { size: 15, method: "optimal" } } as const;
    expect(await changeOf({ default: { ...clusters, kernelAxes: [2, 3] } })).toBeLessThan(
      (await changeOf({ default: clusters })) / 4,
    );
  });

  test("a computed table is kept far closer than trained weights, those that come from float16 among them", async () => {
    const basis = floatTensor(
      "w",
      [130, 128],
      Float32Array.from({ length: 130 * 128 }, (_, i) =>
        Math.cos((2 * Math.PI * Math.floor(i / 128) * (i % 128)) / 128),
      ),
    );
    const trained = weights("w", [130, 128]);
    const halves = floatTensor("w", [130, 128], roundToFloat16(floatValues(trained)));
    const graph = graphOf([{ op: "MatMul", inputs: ["x", "w"] }]);
    const errorOf = async (tensor: Tensor) => {
      const [back] = (
        await decompressed(compress({ graph, tensors: [tensor] }, defaultPlan({ graph, tensors: [tensor] })).bytes)
      ).tensors;
      return relativeError(tensor, back);
    };
    const [ofBasis, ofTrained, ofHalves] = [await errorOf(basis), await errorOf(trained), await errorOf(halves)];
    expect(ofBasis).toBeLessThan(ofTrained / 30);
    expect(ofHalves).toBeGreaterThan(ofTrained / 2);
  });

  test("weights of 16 and 64 bits lose something too, integers nothing", async () => {
    const { bytes } = weights("w", [64, 64]);
    const values = new Float32Array(bytes.buffer, bytes.byteOffset, 4096);
    const ofType = (type: ElementType): Tensor => ({
      name: "w",
      type,
      shape: [64, 64],
      bytes: elementsOfValues(type, type === "int16" ? values.map((value) => Math.round(100 * value) + 0) : values),
    });
    const graph = graphOf([{ op: "MatMul", inputs: ["x", "w"] }]);
    for (const type of ["float16", "bfloat16", "float64"] as const) {
      const [one] = await results({ graph, tensors: [ofType(type)] });
      expect(one.row.error, type).toBeGreaterThan(0);
      expect(one.row.error, type).toBeLessThan(1e-4);
      expect(one.row.centroids, type).toBeGreaterThan(0);
    }
    const [whole] = await results({ graph, tensors: [ofType("int16")] });
    expect(whole.isSame).toBe(true);
  });

  test("a model without weights is kept", async () => {
    const [bias] = await results({
      graph: graphOf([{ op: "Add", inputs: ["x", "b"] }]),
      tensors: [weights("b", [64])],
    });
    expect(bias.isSame).toBe(true);
  });

  test("without a graph, masks, tables of few values and constants are kept, though they have a weight's shape", async () => {
    const table = Float32Array.from({ length: 2048 }, (_, i) => ((i * i) % 7) / 7);
    const all = await results({
      graph: undefined,
      tensors: [
        weights("fc", [64, 64]),
        weights("fc_mask", [64, 64]),
        weights("slope", [64, 1, 1]),
        floatTensor("table", [32, 64], table),
        floatTensor("constant", [64, 64], new Float32Array(4096).fill(1 / 3)),
        MASK,
      ],
    });
    expect(all.filter(({ isSame }) => !isSame).map(({ name }) => name)).toEqual(["fc"]);
    expect(all.map(({ row }) => row.declined === "few values")).toEqual([false, false, false, true, true, true]);
  });
});

describe("with an error, sparsity, bits or a size that is asked for", () => {
  const matrices = (tensors: readonly Tensor[]) =>
    graphOf(tensors.map(({ name }) => ({ op: "MatMul", inputs: ["x", name] })));

  test("the error bounds every weight by itself, beside a mask of -1e9 and a layer 20 times smaller", async () => {
    const tensors = [weights("large", [60, 50]), weights("small", [60, 50], 0.05), MASK];
    const graph = matrices(tensors.slice(0, 2));
    for (const maxError of [0.001, 0.01, 0.03]) {
      const [large, small, mask] = await results({ graph, tensors }, { maxError });
      expect(mask.isSame).toBe(true);
      for (const { error, row } of [large, small]) {
        expect(error).toBeLessThanOrEqual(maxError);
        expect(error).toBeGreaterThan(0.8 * maxError);
        expect(row.error).toBeCloseTo(error, 8);
      }
    }
  });

  test("only weights are pruned, and the report says what each lost", async () => {
    const tensors = [weights("w", [60, 50]), weights("b", [60])];
    const graph = graphOf([
      { op: "MatMul", inputs: ["x", "w"] },
      { op: "Add", inputs: ["v0", "b"] },
    ]);
    const [w, b] = await results({ graph, tensors }, { sparsity: 0.9 });
    expect(w.row.kept).toBe(300);
    expect(w.error).toBeGreaterThan(0.3);
    expect(w.row.error).toBeCloseTo(w.error, 8);
    expect(b.isSame).toBe(true);
    const [unpruned] = await results({ graph, tensors }, { sparsity: 0, bits: 4 });
    expect(unpruned.row.centroids).toBe(15);
  });

  test("a size is met, and nothing but weights pays for it", async () => {
    const tensors = [weights("w", [60, 50]), weights("v", [50, 50], 1e-3), MASK];
    const graph = matrices(tensors.slice(0, 2));
    const [w, v, mask] = await results({ graph, tensors }, { targetBytes: 3000 });
    expect(w.file).toBeLessThanOrEqual(3000);
    expect(w.file).toBeGreaterThan(2900);
    expect(v.error / w.error).toBeGreaterThan(0.3);
    expect(v.error / w.error).toBeLessThan(3);
    expect(mask.isSame).toBe(true);
  });

  test("lossless is lossless, whatever else is asked for", async () => {
    const tensors = [weights("w", [60, 50])];
    const options = { lossless: true, sparsity: 0.9, bits: 2 };
    const [w] = await results({ graph: matrices(tensors), tensors }, options);
    expect(w.isSame).toBe(true);
  });
});

test("a layer whose filters differ in scale is kept finer, so that the small ones are not lost beside the large", () => {
  const random = seededRandom(3);
  const [rows, columns] = [32, 64];
  const scales = Float32Array.from({ length: rows }, (_, row) => 10 ** (-3 * (row / (rows - 1))));
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    return (random() - 0.5) * scales[Math.floor(i / columns)];
  });
  const network = { graph: undefined, tensors: [floatTensor("w", [rows, columns], values)] };
  const of = (errorOf: "energy" | "typical") =>
    compress(network, { default: { maxError: 1e-3, errorOf } }).ledger.rows[0].error ?? 0;
  const typical = values.reduce((sum, value) => sum + value ** 2, 0);
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const energies = Array.from({ length: rows }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value ** 2, 0),
  );
  const ratio = (rows * Math.exp(mean(energies.map(Math.log)))) / typical; // of the geometric to the arithmetic mean
  expect(ratio).toBeLessThan(0.02);
  expect(of("typical")).toBeLessThanOrEqual(1e-3 * ratio * (1 + 1e-6));
  expect(of("energy")).toBeGreaterThan(10 * of("typical"));
});
