// 8-bit integers that are weights: what they lose where a plan asks for it.
import { bytesSource } from "@deep-compression/bits";
import { type OpenedModel, openModel, readOnnx, writeOnnx } from "@deep-compression/model-io";
import {
  type ElementType,
  elementsOfValues,
  floatTensor,
  type Graph,
  type Network,
  type Node,
  numericValues,
  type Quantization,
  type Tensor,
} from "@deep-compression/network";
import {
  compress,
  compressFrom,
  compressModel,
  defaultPlan,
  type LedgerRow,
  open,
  type Plan,
  type TensorPlan,
} from "@deep-compression/pipeline";
import { encodePool } from "@deep-compression/pipeline/encode-pool";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonBytes, openFolder } from "../../model-io/test/model-folders";
import * as onnx from "../../model-io/test/onnx-files";
import { graphModel, openArtifacts, type TestGraph } from "../../model-io/test/tensorflowjs-models";
import { decompressed } from "./opened";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

type ByteType = "int8" | "uint8";

const RANGES = { int8: [-128, 127], uint8: [0, 255] } as const;

/** Integers as those of a trained weight are: a bell about a zero point, of which a few are cut off at the ends of the type. */
function integers(
  type: ByteType,
  shape: readonly number[],
  own: { readonly zero?: number; readonly seed?: number } = {},
): Tensor {
  const { zero = 0, seed = 1 } = own;
  const random = seededRandom(seed);
  const [least, greatest] = RANGES[type];
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, () => {
    const value = Math.round(zero + 90 * (random() + random() + random() - 1.5));
    return Math.min(greatest, Math.max(least, value)) + 0;
  });
  return { name: "w", type, shape, bytes: elementsOfValues(type, values) };
}

/** The row of a tensor, and the tensor that comes back. */
async function compressed(
  tensor: Tensor,
  plan: TensorPlan,
): Promise<{ readonly row: LedgerRow; readonly back: Tensor }> {
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: {}, tensors: { w: plan } });
  const [back] = (await decompressed(bytes)).tensors;
  return { row: ledger.rows[0], back };
}

/** The numbers that integers stand for, in float64, where one scale for all is 1. */
function dequantized(tensor: Tensor, { zeroPoint, channels }: Quantization): Float64Array {
  const { axis = 0, scales = [1] } = channels ?? {};
  const inner = tensor.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  return Float64Array.from(numericValues(tensor), (value, i) => {
    return (value - zeroPoint) * scales[Math.floor(i / inner) % scales.length];
  });
}

/** Relative squared error of the numbers that they stand for. */
function errorOf(before: Tensor, after: Tensor, quantization: Quantization): number {
  const [was, is] = [dequantized(before, quantization), dequantized(after, quantization)];
  const lost = was.reduce((sum, value, i) => sum + (value - is[i]) ** 2, 0);
  return lost === 0 ? 0 : lost / was.reduce((sum, value) => sum + value ** 2, 0);
}

function distinct(tensor: Tensor): number {
  return new Set(tensor.bytes).size;
}

function sectionBytes({ bytes }: LedgerRow): number {
  return Object.values(bytes).reduce((sum, part) => sum + part, 0);
}

const anyQuantized = fc
  .record({
    type: fc.constantFrom<ByteType>("int8", "uint8"),
    rows: fc.integer({ min: 1, max: 12 }),
    columns: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(),
    axis: fc.constantFrom(undefined, 0, 1),
    zeroPoint: fc.oneof(fc.integer({ min: -128, max: 255 }), fc.double({ min: -300, max: 400, noNaN: true })),
  })
  .map(({ type, rows, columns, seed, axis, zeroPoint }) => {
    const random = seededRandom(seed + 1);
    const scales = Array.from({ length: axis === 0 ? rows : columns }, () => Math.fround(10 ** (3 * random() - 4)));
    const channels = axis === undefined ? {} : { channels: { axis, scales } };
    const tensor = integers(type, [rows, columns], { zero: zeroPoint, seed });
    return { tensor, quantization: { zeroPoint, ...channels } };
  });

test("the error of what comes back is within what was asked and as it is told, by the scales of channels", async () => {
  const bounds = fc.constantFrom(1e-5, 1e-4, 1e-3, 0.01, 0.1);
  const more = fc.constantFrom<TensorPlan>(
    {},
    { kernelAxes: [1] },
    { zeros: "keep" },
    { errorOf: "typical" },
    { errorOf: "rows" },
  );
  await fc.assert(
    fc.asyncProperty(anyQuantized, bounds, more, async ({ tensor, quantization }, maxError, plan) => {
      const { row, back } = await compressed(tensor, { ...plan, maxError, quantization });
      const error = errorOf(tensor, back, quantization);
      expect(back).toMatchObject({ type: tensor.type, shape: tensor.shape });
      expect(error).toBeLessThanOrEqual(maxError * (1 + 1e-6));
      expect(row.error).toBeCloseTo(error, 6);
      if (Number.isInteger(quantization.zeroPoint)) expectZerosKept(tensor, back, quantization);
      if (plan.zeros === "keep") expect(zerosOf(back, quantization)).toBe(zerosOf(tensor, quantization));
    }),
    { numRuns },
  );
});

/** The integer of the type that stands for a weight of 0, or comes closest. */
function zeroOf(type: ElementType, { zeroPoint }: Quantization): number {
  const [least, greatest] = RANGES[type as ByteType];
  return Math.min(greatest, Math.max(least, Math.round(zeroPoint))) + 0;
}

function zerosOf(tensor: Tensor, quantization: Quantization): number {
  const zero = zeroOf(tensor.type, quantization);
  return numericValues(tensor).filter((value) => value === zero).length;
}

function expectZerosKept(before: Tensor, after: Tensor, quantization: Quantization): void {
  const [was, is] = [numericValues(before), numericValues(after)];
  const zero = zeroOf(before.type, quantization);
  for (const [i, value] of was.entries()) if (value === zero) expect(is[i]).toBe(zero);
}

test("pruning, clusters and rates lose what they are told to, and no more values come back than were asked for", async () => {
  const plans = fc.constantFrom<TensorPlan>(
    { sparsity: 0.5 },
    { sparsity: 0.9, share: { size: 7 } },
    { share: { size: 15, method: "optimal" } },
    { share: { size: 3, init: "density" } },
    { share: { method: "entropy-constrained", lambda: 20 } },
    { share: { method: "entropy-constrained", lambda: 20, size: 5 } },
    { sparsity: 0.25, negativeZero: "drop", form: "dense" },
  );
  await fc.assert(
    fc.asyncProperty(anyQuantized, plans, async ({ tensor, quantization }, plan) => {
      const { row, back } = await compressed(tensor, { ...plan, quantization });
      expect(back).toMatchObject({ type: tensor.type, shape: tensor.shape });
      expect(row.error).toBeCloseTo(errorOf(tensor, back, quantization), 6);
      const { share, sparsity = 0 } = plan;
      const most = typeof share !== "object" ? 256 : "lambda" in share ? (share.size ?? 256) : (share.size ?? 256) + 1;
      if (row.declined === undefined) expect(distinct(back)).toBeLessThanOrEqual(Math.max(1, most));
      expect(zerosOf(back, quantization)).toBeGreaterThanOrEqual(Math.round(sparsity * back.bytes.length));
    }),
    { numRuns },
  );
});

test("pruning takes the weights that are the smallest once they are scaled", async () => {
  const values = Float32Array.of(118, 138, 108, 127, 98, 148, 88, 129);
  const tensor: Tensor = { name: "w", type: "uint8", shape: [2, 4], bytes: elementsOfValues("uint8", values) };
  const channels = { axis: 0, scales: [0.01, 1] };
  const { row, back } = await compressed(tensor, { sparsity: 0.5, quantization: { zeroPoint: 128, channels } });
  expect([...back.bytes]).toEqual([128, 128, 128, 128, 98, 148, 88, 129]);
  const lost = (0.01 ** 2 * (10 ** 2 + 10 ** 2 + 20 ** 2 + 1)) / (30 ** 2 + 20 ** 2 + 40 ** 2 + 1);
  expect(row.error! / (lost / (1 + lost))).toBeCloseTo(1, 6); // scaled weights are float32
});

test("fewer integers take fewer bytes, and as few as the same weights of float32", async () => {
  const tensor = integers("uint8", [64, 100], { zero: 117 });
  const quantization = { zeroPoint: 117 };
  const whole = await compressed(tensor, {});
  for (const plan of [{ share: { size: 15, method: "optimal" } }, { maxError: 0.01 }] as const) {
    const { row } = await compressed(tensor, { ...plan, quantization });
    expect(sectionBytes(row)).toBeLessThan(0.62 * sectionBytes(whole.row));
    const floats = numericValues(tensor).map((value) => 0.013 * (value - 117));
    const float = await compressed(floatTensor("w", tensor.shape, floats), plan);
    expect(sectionBytes(row)).toBeLessThan(1.02 * sectionBytes(float.row));
    expect(row.error).toBeLessThan(1.03 * float.row.error!);
  }
});

test("without loss in the plan integers are exact whatever they stand for", async () => {
  await fc.assert(
    fc.asyncProperty(anyQuantized, async ({ tensor, quantization }) => {
      for (const plan of [{ quantization }, { quantization, maxError: 0 }, { quantization, share: "exact" }] as const) {
        const { row, back } = await compressed(tensor, plan);
        expect(Buffer.compare(back.bytes, tensor.bytes)).toBe(0);
        expect(row.error).toBe(0);
      }
    }),
    { numRuns: numRuns / 3 },
  );
});

const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 64] });

/** y = MatMul(x, w), w of integers that stand for numbers by a scale for each column; with a table of indices and a bias. */
function productOf(weight: Tensor, zeroPoint: Tensor, scales: readonly number[]): Network & { readonly graph: Graph } {
  const nodes: readonly Node[] = [
    { op: "DequantizeLinear", inputs: ["w", "s", "z"], outputs: ["v"], attributes: { axis: 1 } },
    { op: "MatMul", inputs: ["x", "v"], outputs: ["u"], attributes: {} },
    { op: "Add", inputs: ["u", "b"], outputs: ["y"], attributes: {} },
    { op: "Gather", inputs: ["places", "i"], outputs: ["p"], attributes: {} },
  ];
  const places = integers("uint8", [512], { zero: 100 });
  const [y, p] = [value("y"), { name: "p", type: "uint8" as const, shape: [1] }];
  return {
    graph: { opset: 17, inputs: [value("x"), { name: "i", type: "int64", shape: [1] }], outputs: [y, p], nodes },
    tensors: [
      weight,
      floatTensor("s", [scales.length], Float32Array.from(scales)),
      { ...zeroPoint, name: "z" },
      floatTensor(
        "b",
        [scales.length],
        Float32Array.from(scales, (_, i) => Math.sin(i)),
      ),
      { ...places, name: "places" },
    ],
  };
}

const SCALES = Array.from({ length: 32 }, (_, i) => Math.fround(0.001 * (1 + (i % 7))));
const CHANNELS: Quantization = { zeroPoint: 0, channels: { axis: 1, scales: SCALES } };

function int8Product(zeroPoints: readonly number[] = new Array(32).fill(0)): ReturnType<typeof productOf> {
  const zero: Tensor = { name: "z", type: "int8", shape: [32], bytes: new Uint8Array(zeroPoints) };
  return productOf(integers("int8", [64, 32]), zero, SCALES);
}

/** What comes back of "w", and the rows of a network by a plan; all tensors but "w" must come back bit for bit. */
async function ofNetwork(network: Network, plan: Plan) {
  const { bytes, ledger } = compress(network, plan);
  const { tensors } = await decompressed(bytes);
  for (const [i, { name, bytes: before }] of network.tensors.entries()) {
    if (name !== "w") expect(Buffer.compare(tensors[i].bytes, before), name).toBe(0);
  }
  const at = network.tensors.findIndex(({ name }) => name === "w");
  return { bytes, before: network.tensors[at], back: tensors[at], row: ledger.rows[at] };
}

describe("the default plan", () => {
  test("loses nothing of integers, unless the options say how much", async () => {
    const network = int8Product();
    for (const options of [{}, { lossless: true }, { errorFactor: 10 }, { effort: "smallest" as const }]) {
      const { before, back } = await ofNetwork(network, defaultPlan(network, options));
      expect(Buffer.compare(back.bytes, before.bytes)).toBe(0);
    }
    for (const options of [{ bits: 3 }, { maxError: 0.01 }, { sparsity: 0.4 }]) {
      const { before, back, row } = await ofNetwork(network, defaultPlan(network, options));
      const error = errorOf(before, back, CHANNELS);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThanOrEqual(options.maxError ?? 1);
      expect(row.error).toBeCloseTo(error, 9);
      if ("bits" in options) expect(distinct(back)).toBeLessThanOrEqual(8);
    }
  });

  test("meets a target with them, and is as exact as it allows", async () => {
    const network = int8Product();
    const whole = await ofNetwork(network, defaultPlan(network, { lossless: true }));
    let last = 0;
    for (const part of [0.9, 0.8, 0.7]) {
      const targetBytes = Math.round(part * whole.bytes.length);
      const { bytes, before, back, row } = await ofNetwork(network, defaultPlan(network, { targetBytes }));
      expect(bytes.length).toBeLessThanOrEqual(targetBytes);
      const error = errorOf(before, back, CHANNELS);
      expect(row.error).toBeCloseTo(error, 9);
      expect(error).toBeGreaterThan(last);
      last = error;
    }
    const ample = await ofNetwork(network, defaultPlan(network, { targetBytes: whole.bytes.length }));
    expect(Buffer.compare(ample.back.bytes, ample.before.bytes)).toBe(0);
  });
});

describe("a plan", () => {
  const lossy: TensorPlan = { maxError: 0.01 };

  test("that names a weight of integers, by itself or a pattern, takes what they stand for from the graph", async () => {
    const network = int8Product();
    for (const name of ["w", "w*", "*"]) {
      const { row } = await ofNetwork(network, { default: {}, tensors: { [name]: lossy, b: {}, places: {}, s: {} } });
      expect(row.error).toBeGreaterThan(0);
    }
    const others: readonly Plan[] = [
      { default: lossy, tensors: { b: {}, s: {} } },
      { default: {}, maxError: 0.01 },
    ];
    for (const plan of others) {
      const { tensors } = await decompressed(compress(network, plan).bytes);
      expect(Buffer.compare(tensors[0].bytes, network.tensors[0].bytes)).toBe(0);
    }
  });

  test("loses nothing of them, and says why, where it is not known what they stand for", async () => {
    const reasonOf = async (network: Network, own: TensorPlan = lossy) => {
      const { row } = await ofNetwork(network, { default: {}, tensors: { w: own } });
      return row.error === 0 ? `${row.declined}: ${row.reason}` : row.error;
    };
    const zeroPoints = Array.from({ length: 32 }, (_, i) => i);
    expect(await reasonOf(int8Product(zeroPoints))).toBe(
      "zero point: int8: its zero points differ from channel to channel",
    );
    const differing = int8Product(zeroPoints);
    const toTarget = await ofNetwork(differing, defaultPlan(differing, { targetBytes: 10_000 }));
    expect(toTarget.row).toMatchObject({ error: 0, declined: "zero point" });
    const { graph, tensors } = int8Product();
    expect(await reasonOf({ graph: undefined, tensors })).toBe("zero point: int8: no weight: int8");
    expect(await reasonOf({ graph: undefined, tensors }, { ...lossy, quantization: { zeroPoint: 0 } })).toBeGreaterThan(
      0,
    );
    const bare = graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (name === "v" ? "w" : name)),
    }));
    expect(await reasonOf({ graph: { ...graph, nodes: bare.slice(1) }, tensors })).toBe(
      "zero point: int8: no weight: int8 operand of MatMul",
    );
    const { row } = await compressed({ ...integers("int8", [9, 9]), type: "bool", bytes: new Uint8Array(81) }, lossy);
    expect(row).toMatchObject({ error: 0, declined: "type" });
  });

  test("that is wrong about what they stand for is refused", () => {
    const tensor = integers("int8", [4, 4]);
    const failure = (quantization: unknown) => () => {
      const plan = { maxError: 0.1, quantization } as TensorPlan;
      return compress({ graph: undefined, tensors: [tensor] }, { default: {}, tensors: { w: plan } });
    };
    expect(failure({})).toThrow('plan.tensors["w"].quantization.zeroPoint: expected a finite number, got undefined');
    expect(failure({ zeroPoint: Number.NaN })).toThrow(RangeError);
    expect(failure({ zeroPoint: 0, scale: 1 })).toThrow('expected one of zeroPoint, channels, got "scale"');
    expect(failure({ zeroPoint: 0, channels: { axis: 0, scales: [1, 1, 0, 1] } })).toThrow(
      "quantization.channels.scales[2]: expected a finite number above 0, got 0",
    );
    expect(failure({ zeroPoint: 0, channels: { axis: 1, scales: [1] } })).toThrow(
      'tensor "w": quantization.channels.scales: expected one for each of 4 places along axis 1, got 1',
    );
    expect(failure({ zeroPoint: 0, channels: { axis: 2, scales: [1] } })).toThrow(
      "one for each of no places along axis 2",
    );
  });
});

test("an ONNX model of integers comes back with its graph, whichever way it is compressed", async () => {
  const network = int8Product();
  const model = await openModel(bytesSource(writeOnnx(network)), { name: "model.onnx" });
  const plan = defaultPlan(model.network, { bits: 4 });
  const { bytes, ledger } = await compressModel(model, plan);
  const pool = encodePool({ threads: 2 });
  const pooled = await compressModel(model, plan, { pool });
  await pool.close();
  expect(Buffer.compare(pooled.bytes, bytes)).toBe(0);
  const [file] = (await open(bytesSource(bytes))).files;
  const restored = readOnnx(await file.source.slice(0));
  expect(restored.graph).toEqual(readOnnx(writeOnnx(network)).graph);
  const of = ({ tensors }: Network) => tensors.find(({ name }) => name === "w")!;
  const error = errorOf(of(network), of(restored), CHANNELS);
  expect(ledger.rows.find(({ tensor }) => tensor === "w")!.error).toBeCloseTo(error, 9);
  expect(error).toBeGreaterThan(0);
  expect(distinct(of(restored))).toBeLessThanOrEqual(16);
  const from = await compressFrom(
    { ...network, tensors: network.tensors.map(({ bytes: own, ...head }) => ({ ...head, read: async () => own })) },
    plan,
  );
  expect(from.ledger.rows.find(({ tensor }) => tensor === "w")!.error).toBeCloseTo(error, 9);
});

test.each([
  ["QLinearConv", ["x", "one", "z", "w", "s", "z", "one", "z"], [8, 4, 3, 3], 0],
  ["QLinearMatMul", ["x", "one", "z", "w", "s", "z", "one", "z"], [24, 8], 1],
  ["ConvInteger", ["x", "w", "z", "z"], [8, 4, 3, 3], undefined],
  ["MatMulInteger", ["x", "w", "z", "z"], [24, 8], undefined],
  ["Gather", ["w", "x"], [40, 8], undefined],
])("the weight of %s loses what it is told to, about its zero point", async (op, inputs, shape, axis) => {
  const scales = Array.from({ length: 8 }, (_, i) => Math.fround(0.01 * (i + 1)));
  const nodes: Node[] = [{ op, inputs, outputs: [op === "Gather" ? "rows" : "y"], attributes: {} }];
  if (op === "Gather")
    nodes.push({ op: "DequantizeLinear", inputs: ["rows", "one", "z"], outputs: ["y"], attributes: {} });
  const network: Network = {
    graph: { opset: 17, inputs: [value("x")], outputs: [value("y")], nodes },
    tensors: [
      integers("uint8", shape, { zero: 131 }),
      floatTensor("s", [8], Float32Array.from(scales)),
      floatTensor("one", [], Float32Array.of(1)),
      { name: "z", type: "uint8", shape: [], bytes: Uint8Array.of(131) },
    ],
  };
  const { before, back, row } = await ofNetwork(network, defaultPlan(network, { maxError: 0.01 }));
  const error = errorOf(before, back, { zeroPoint: 131, ...(axis !== undefined && { channels: { axis, scales } }) });
  expect(error).toBeGreaterThan(0.005);
  expect(error).toBeLessThanOrEqual(0.01);
  expect(row.error).toBeCloseTo(error, 9);
});

test("integers that an ONNX file has as varints stay what they are, since their lengths do", async () => {
  const values = numericValues(integers("uint8", [32, 32], { zero: 128 }));
  const packed: onnx.Fields = (pbf) => pbf.writePackedVarint(5, [...values]);
  const file = onnx.model(onnx.initializer(onnx.tensor("w", 2, [32, 32], packed)));
  const model = await openModel(bytesSource(file), { name: "m.onnx" });
  const plan: Plan = { default: {}, tensors: { w: { maxError: 0.1, quantization: { zeroPoint: 128 } } } };
  const { bytes, ledger } = await compressModel(model, plan);
  expect(ledger.rows[0]).toMatchObject({
    error: 0,
    declined: "zero point",
    reason: expect.stringContaining("lengths"),
  });
  const [restored] = (await open(bytesSource(bytes))).files;
  expect(Buffer.compare(await restored.source.slice(0), file)).toBe(0);
});

test("bytes of a model's files that are no tensor of it lose nothing, whatever the plan says of all", async () => {
  const contents = integers("uint8", [5_000_000], { zero: 100 }).bytes;
  const model: OpenedModel = {
    format: "safetensors",
    network: { tensors: [] },
    files: [{ name: "m.safetensors", source: bytesSource(contents) }],
    holes: [],
  };
  const { bytes } = await compressModel(model, { default: { maxError: 0.1, quantization: { zeroPoint: 100 } } });
  const [file] = (await open(bytesSource(bytes))).files;
  expect(Buffer.compare(await file.source.slice(0), contents)).toBe(0);
});

test("codes of a TensorFlow.js manifest lose something about the number that stands for 0, if any does", async () => {
  const codes = integers("uint8", [64, 64], { zero: 120 });
  for (const min of [-1.2, -1.204, 0.5]) {
    const quantization = { dtype: "uint8", min, scale: 0.01 };
    const model = await openFolder({
      "weights_manifest.json": jsonBytes([
        { paths: ["w.bin"], weights: [{ name: "fc/weights", shape: [64, 64], dtype: "float32", quantization }] },
      ]),
      "w.bin": codes.bytes,
    });
    const outline = { ...model.network, weights: model.weights };
    const exact = await compressModel(model, defaultPlan(outline));
    expect(exact.ledger.rows[0].error).toBe(0);
    const { bytes, ledger } = await compressModel(model, defaultPlan(outline, { maxError: 0.002 }));
    const [back] = (await decompressed(bytes)).tensors;
    const error = errorOf(codes, back, { zeroPoint: -min / 0.01 });
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(0.002);
    expect(ledger.rows[0].error).toBeCloseTo(error, 9);
    expect(bytes.length).toBeLessThan(0.9 * exact.bytes.length);
  }
});

test("a weight of a TensorFlow.js graph is one whether or not a code stands for 0", async () => {
  for (const min of [-30, -30.2]) {
    const values = [...integers("uint8", [32, 32], { zero: 60 }).bytes];
    const quantization = { dtype: "uint8" as const, min, scale: 0.5 };
    const graph: TestGraph = {
      inputs: { x: { shape: [2, 32] } },
      constants: { w: { type: "float32", shape: [32, 32], values, quantization } },
      nodes: [{ op: "MatMul", input: ["x", "w"] }],
    };
    const model = await openArtifacts(graphModel(graph));
    const plan = defaultPlan({ ...model.network, weights: model.weights }, { bits: 3 });
    const { ledger } = await compressModel(model, plan);
    expect(ledger.rows.find(({ tensor }) => tensor === "w")!.error).toBeGreaterThan(0);
  }
});
