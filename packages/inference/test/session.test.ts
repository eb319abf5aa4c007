import { denseWeights, prepare, SUPPORTED_OPERATORS } from "@deep-compression/inference";
import { floatTensor, lenet5, lenet300100, type Node } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { type Form, graphOf, randomValues, randomWeight, sourceOf, type TestWeight } from "./networks";

// A fixed sequence is enough here: values do not matter to these tests.
function counter(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function lenet(form: Form, density: number, architecture = lenet300100) {
  const random = counter();
  const weights: Record<string, TestWeight> = {};
  for (const { name, shape } of architecture.parameters)
    weights[name] = randomWeight(random, shape, { form, density: shape.length > 1 ? density : 1, centroids: 16 });
  return { graph: architecture.graph, weights };
}

describe("memory", () => {
  it.each<Form>(["gaps", "gaps by column", "bitmask"])(
    "a prepared network stored as %s takes bytes in proportion to its non-zeros, not to its weights",
    (form) => {
      const network = lenet(form, 0.03);
      const nonZeros = Object.values(network.weights).reduce(
        (n, { dense }) => n + dense.filter((v) => v !== 0).length,
        0,
      );
      const { weightBytes } = prepare(network, sourceOf(network));
      const outputs = 300 + 100 + 10;
      expect(weightBytes).toBeLessThan(4 * nonZeros + 12 * outputs + 3 * 16 * 4 + 64);
      expect(weightBytes).toBeGreaterThan(2 * nonZeros);
      expect(weightBytes).toBeLessThan((4 * 266_610) / 10);
    },
  );

  it.each<Form>(["gaps", "bitmask"])(
    "preparing and running %s allocates no array as large as a weight matrix",
    (form) => {
      const network = lenet(form, 0.02);
      const largest = largestAllocation(() => {
        const session = prepare(network, sourceOf(network));
        session.run({ input: { shape: [9, 784], data: new Float32Array(9 * 784) } });
      });
      // The largest array is the input of eight items; a dense ip1 would have 235,200 elements.
      expect(largest).toBeGreaterThan(0);
      expect(largest).toBeLessThan(300 * 784 * 0.1);
    },
  );

  it("dense codes stay codes: three bytes a weight at most, and two where codes are grouped", () => {
    const network = lenet("dense", 1);
    expect(prepare(network, sourceOf(network)).weightBytes).toBeLessThan(2.3 * 266_610);
  });

  it("buffers do not grow with the batch", () => {
    const network = lenet("gaps", 0.02);
    const session = prepare(network, sourceOf(network));
    const input = { shape: [4000, 784], data: new Float32Array(4000 * 784) };
    expect(largestAllocation(() => session.run({ input }))).toBe(4000 * 10);
  });
});

/** The longest typed array of floats or indices made while `work` runs. */
function largestAllocation(work: () => void): number {
  const originals = { Float32Array, Float64Array, Uint32Array, Uint16Array };
  let largest = 0;
  for (const [name, Original] of Object.entries(originals)) {
    const watched = new Proxy(Original, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget);
        if (!(args[0] instanceof ArrayBuffer)) largest = Math.max(largest, made.length);
        return made;
      },
    });
    Object.defineProperty(globalThis, name, { value: watched, configurable: true, writable: true });
  }
  try {
    work();
  } finally {
    for (const [name, value] of Object.entries(originals))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return largest;
}

describe("batches", () => {
  it.each([
    ["LeNet-300-100", lenet300100, [784]],
    ["LeNet-5", lenet5, [1, 28, 28]],
  ])("%s gives an item the same result to the bit in any batch", (_, architecture, item) => {
    const network = lenet("gaps", 0.1, architecture);
    const session = prepare(network, sourceOf(network));
    const data = randomValues(counter(), 19 * 784);
    const whole = session.run({ input: { shape: [19, ...item], data } }).output;
    expect(whole.shape).toEqual([19, 10]);
    for (const index of [0, 7, 8, 18]) {
      const one = session.run({ input: { shape: [1, ...item], data: data.subarray(index * 784, (index + 1) * 784) } });
      expect(one.output.data).toEqual(whole.data.subarray(index * 10, (index + 1) * 10));
    }
  });

  it("an empty batch gives an empty output", () => {
    const network = lenet("bitmask", 0.1);
    const input = { shape: [0, 784], data: new Float32Array(0) };
    expect(prepare(network, sourceOf(network)).run({ input })).toEqual({
      output: { shape: [0, 10], data: new Float32Array(0) },
    });
  });
});

describe("wrong arguments", () => {
  const network = lenet("gaps", 0.1);
  const session = prepare(network, sourceOf(network));
  const data = new Float32Array(784);

  it.each([
    [{}, 'input "input": missing, expected "input"'],
    [
      { input: { shape: [1, 784], data }, images: { shape: [1, 784], data } },
      'input "images": unknown, expected "input"',
    ],
    [{ input: { shape: [1, 1, 28, 28], data } }, 'input "input": expected shape [N,784] for any N, got [1,1,28,28]'],
    [{ input: { shape: [784], data } }, 'input "input": expected shape [N,784] for any N, got [784]'],
    [{ input: { shape: [2, 784], data } }, 'input "input": expected 1568 values for [2,784], got 784'],
    [{ input: { shape: [-1, 784], data } }, 'input "input": expected shape [N,784] for any N, got [-1,784]'],
  ])("run %# says what it expected", (inputs, message) => {
    expect(() => session.run(inputs)).toThrow(new RangeError(message));
  });

  const weights: Record<string, TestWeight> = {
    w: randomWeight(counter(), [3, 4], { form: "gaps" }),
    k: randomWeight(counter(), [2, 1, 3, 3], { form: "raw" }),
    b: randomWeight(counter(), [5], { form: "raw" }),
  };
  const node = (op: string, inputs: readonly string[], attributes: Node["attributes"] = {}): Node => {
    return { op, inputs, outputs: ["y"], attributes };
  };
  it.each([
    [[4], node("LSTM", ["x"]), /^LSTM node "y": unknown operator, expected one of Add, AveragePool, Conv/],
    [[4], node("Gemm", ["x", "w"]), /weight "w" expected an input of shape \[N,...,3\], got \[N,4\]/],
    [[4], node("Gemm", ["x", "w"], { transA: 1 }), /expected transA 0, got 1/],
    [[1, 4], node("Gemm", ["x", "w"]), /expected an input of rank 2, got \[N,1,4\]/],
    [[4], node("Gemm", ["x", "w", "b"], { transB: 1 }), /bias "b" expected shape \[3\], got \[5\]/],
    [[4], node("Gemm", ["x", "x"]), /input 1 expected a weight, got the computed value "x"/],
    [[4], node("Gemm", ["x"]), /input 1 expected a weight, got none/],
    [[4], node("Gemm", ["w", "w"]), /input 0 expected a value computed from the input, got the weight "w"/],
    [[4], node("Gemm", ["x", "none"]), /no weight "none"/],
    [[4], node("Conv", ["x", "k"]), /expected an input \[N,channels,height,width\], got \[N,4\]/],
    [[2, 5, 5], node("Conv", ["x", "k"]), /weight "k" \[2,1,3,3\] in 1 groups does not fit 2 channels/],
    [[1, 2, 5], node("Conv", ["x", "k"]), /a window of 3 with stride 1 does not fit 2 inputs/],
    [[1, 5, 5], node("Conv", ["x", "k"], { kernel_shape: [3, 2] }), /kernel_shape expected \[3,3\] as weight "k"/],
    [[1, 5, 5], node("Conv", ["x", "k"], { strides: [1] }), /"strides" expected 2 numbers/],
    [[1, 5, 5], node("MaxPool", ["x"]), /a window of/],
    [
      [1, 5, 5],
      node("MaxPool", ["x"], { kernel_shape: [1, 1], pads: [0, 0, 0, 2 ** 31] }),
      /at most 67108864 padded inputs/,
    ],
    [[2 ** 20, 65], node("Relu", ["x"]), /expected values of at most 67108864 elements an item, got 136314880/],
    [[4], node("Add", ["x", "w"]), /weight "w" \[3,4\] does not broadcast to \[N,4\]/],
    [[3, 2], node("Softmax", ["x"], { axis: 0 }), /axis expected a dimension of \[N,3,2\] after N, got 0/],
    [[3, 2], node("Flatten", ["x"], { axis: 2 }), /axis expected 1, which keeps the batch, got 2/],
    [[3, 2], node("Reshape", ["x"], { shape: [7, 5] }), /cannot reshape \[N,3,2\] to \[7,5\]/],
    [[4], { ...node("Relu", ["x"]), domain: "com.example" }, /^com.example.Relu node "y": unknown operator, expected/],
  ])("prepare %# names the node and what it expected", (item, bad, message) => {
    const graph = graphOf(item, [bad]);
    expect(() => prepare({ graph }, sourceOf({ graph, weights }))).toThrow(message);
  });

  it("prepare names an operator that it lacks before an input that it could not take", () => {
    const condition = { name: "c", type: "bool" as const, shape: [] };
    const graph = graphOf([4], [node("If", ["c"])]);
    const opened = { ...graph, inputs: [...graph.inputs, condition] };
    expect(() => prepare({ graph: opened }, sourceOf({ graph, weights }))).toThrow(/^If node "y": unknown operator/);
    const untyped = { ...graphOf([4], [node("Relu", ["x"])]), inputs: [{ name: "x", shape: ["N", 4] }] };
    expect(() => prepare({ graph: untyped }, sourceOf({ graph, weights }))).toThrow(
      new TypeError('input "x": expected float32, got an unknown type'),
    );
  });

  it("prepare names an output that no node makes, and an input whose item is not fixed", () => {
    const graph = graphOf([4], [node("Relu", ["x"])]);
    const other = { ...graph, outputs: [{ ...graph.outputs[0], name: "z" }] };
    expect(() => prepare({ graph: other }, sourceOf({ graph, weights }))).toThrow(
      'output "z": expected a value made by a node',
    );
    const open = { ...graph, inputs: [{ ...graph.inputs[0], shape: ["N", "H"] }] };
    expect(() => prepare({ graph: open }, sourceOf({ graph, weights }))).toThrow("only the batch may be symbolic");
  });

  it("prepare rejects stored weights that do not fit their shape or codebook", () => {
    const graph = graphOf([2], [node("Gemm", ["x", "w"], { transB: 1 })]);
    const codes = Uint8Array.of(0, 1, 2, 0);
    const run = (shape: readonly number[], centroids: Float32Array) =>
      prepare({ graph }, { weight: () => ({ shape, stored: { form: "dense", codes, centroids } }) });
    expect(() => run([3, 2], Float32Array.of(0, 1, 2))).toThrow('weight "w": expected 6 values for shape [3,2], got 4');
    expect(() => run([2, 2], Float32Array.of(0, 1))).toThrow('weight "w": expected codes below 2, got 2');
  });

  it("denseWeights names a tensor that is missing or of a type it cannot read", () => {
    const bytes = new Uint8Array(1);
    const source = denseWeights({ graph: undefined, tensors: [{ name: "h", type: "float8e5m2", shape: [1], bytes }] });
    expect(() => source.weight("w")).toThrow('weight "w": the network has no tensor of this name');
    expect(() => source.weight("h")).toThrow(
      'tensor "h": expected bool, integers, or floats of 16, 32 or 64 bits, got float8e5m2',
    );
  });
});

it("gaps without a centroid 0 have no fillers", () => {
  const graph = graphOf([4], [{ op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes: { transB: 1 } }]);
  const gaps = { length: 4, gapBits: 2, gaps: Uint8Array.of(1, 1), values: Uint8Array.of(0, 1) };
  const stored = {
    form: "gaps",
    layout: { rows: 1, columns: 4, order: "row-major" },
    gaps,
    centroids: Float32Array.of(2, 3),
  } as const;
  const session = prepare({ graph }, { weight: () => ({ shape: [1, 4], stored }) });
  const { y } = session.run({ x: { shape: [1, 4], data: Float32Array.of(1, 10, 100, 1000) } });
  expect([...y.data]).toEqual([3020]);
});

it("denseWeights reads every type it promises", () => {
  const bytes = (array: Float64Array | Int32Array | BigInt64Array) => new Uint8Array(array.buffer);
  const source = denseWeights({
    graph: undefined,
    tensors: [
      floatTensor("float32", [2], Float32Array.of(1.5, -2)),
      { name: "float64", type: "float64", shape: [2], bytes: bytes(Float64Array.of(1.5, -2)) },
      { name: "int32", type: "int32", shape: [2], bytes: bytes(Int32Array.of(7, -2)) },
      { name: "int64", type: "int64", shape: [2], bytes: bytes(BigInt64Array.of(7n, -2n)) },
    ],
  });
  for (const name of ["float32", "float64"])
    expect(source.weight(name).stored).toEqual({ form: "raw", values: Float32Array.of(1.5, -2) });
  for (const name of ["int32", "int64"])
    expect(source.weight(name).stored).toEqual({ form: "raw", values: Float32Array.of(7, -2) });
});

it("lists the operators it runs", () => {
  expect(SUPPORTED_OPERATORS).toEqual([...SUPPORTED_OPERATORS].sort());
  expect(SUPPORTED_OPERATORS).toContain("Conv");
});
