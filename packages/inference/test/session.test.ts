import { denseWeights, prepare, SUPPORTED_OPERATORS, tensorOfArray } from "@deep-compression/inference";
import { lenet5, lenet300100, type Node } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { type Form, graphOf, integers, randomValues, randomWeight, sourceOf, type TestWeight } from "./networks";

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
      const { weightBytes, layers } = prepare(network, sourceOf(network));
      expect(layers.map(({ weight }) => weight)).toEqual(["ip1.weight", "ip2.weight", "ip3.weight"]);
      expect(weightBytes).toBeGreaterThan(2 * nonZeros);
      expect(weightBytes).toBeLessThan((4 * 266_610) / 8);
    },
  );

  it("is taken at the first run, and not again: a larger batch takes more, a smaller one nothing", () => {
    const network = lenet("gaps", 0.02);
    const session = prepare(network, sourceOf(network));
    const run = (batch: number) => {
      session.run({ input: { shape: [batch, 784], data: new Float32Array(batch * 784) } });
      return session.heldBytes;
    };
    const [one, many] = [run(1), run(200)];
    expect(many).toBeGreaterThan(one);
    for (const batch of [200, 1, 8, 200]) expect(run(batch)).toBe(many);
  });
});

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
      output: { type: "float32", shape: [0, 10], data: new Float32Array(0) },
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
    i: integers([7, 5]),
  };
  const node = (op: string, inputs: readonly string[], attributes: Node["attributes"] = {}): Node => {
    return { op, inputs, outputs: ["y"], attributes };
  };
  it.each([
    [[4], node("Bogus", ["x"]), "graph: a session cannot run it: it lacks the operator Bogus"],
    [
      [4],
      node("Constant", [], { value: { opaque: "a sparse tensor" } }),
      "graph: a session cannot run it: it lacks the operator Constant of a sparse tensor",
    ],
    [[4], node("Gemm", ["x", "w"]), 'Gemm node "y": expected matrices that fit, got shapes [2,4] and [3,4]'],
    [
      [4],
      node("Gemm", ["x", "w"], { transA: 1 }),
      'Gemm node "y": expected matrices that fit, got shapes [2,4] and [3,4]',
    ],
    [[1, 4], node("Gemm", ["x", "w"]), 'Gemm node "y": expected matrices that fit, got shapes [2,1,4] and [3,4]'],
    [[4], node("Gemm", ["x", "w", "b"], { transB: 1 }), 'Gemm node "y": C of shape [5] does not broadcast to [2,3]'],
    [[4], node("Gemm", ["x"]), 'Gemm node "y": input 1 is missing'],
    [[4], node("Gemm", ["x", "none"]), 'Gemm node "y": input "none" is no tensor, graph input or earlier output'],
    [
      [4],
      node("Conv", ["x", "k"]),
      'Conv node "y": expected a batch, channels and spatial dimensions, got shape [2,4]',
    ],
    [
      [2, 5, 5],
      node("Conv", ["x", "k"]),
      'Conv node "y": weights of shape [2,1,3,3] in 1 groups do not fit 2 channels',
    ],
    [
      [1, 2, 5],
      node("Conv", ["x", "k"]),
      'Conv node "y": a window of 3 with stride 1 does not fit 2 inputs padded by 0 and 0',
    ],
    [
      [1, 5, 5],
      node("Conv", ["x", "k"], { kernel_shape: [3, 2] }),
      'Conv node "y": kernel_shape expected [3,3] as weight "k", got [3,2]',
    ],
    [
      [1, 5, 5],
      node("Conv", ["x", "k"], { strides: [1] }),
      'Conv node "y": attribute "strides" expected 2 numbers, got [1]',
    ],
    [[1, 5, 5], node("MaxPool", ["x"]), 'MaxPool node "y": kernel_shape is missing, for a window of 2 dimensions'],
    [
      [1, 5, 5],
      node("MaxPool", ["x"], { kernel_shape: [1, 1], pads: [0, 0, 0, 2 ** 31] }),
      'MaxPool node "y": input, pads, stride and dilation expected below 1073741824',
    ],
    [[4], node("Add", ["x", "w"]), 'Add node "y": shapes [2,4] and [3,4] do not broadcast'],
    [[4], node("Add", ["x", "i"]), 'Add node "y": expected two of float32, got int64'],
    [[3, 2], node("Softmax", ["x"], { axis: 3 }), 'Softmax node "y": axis 3 expected one of 3 dimensions'],
    [[3, 2], node("Flatten", ["x"], { axis: 4 }), 'Flatten node "y": axis 4 expected one of 3 dimensions'],
    [[3, 2], node("Reshape", ["x", "i"]), 'Reshape node "y": shape [2,3,2] does not fill [7,5]'],
    [
      [4],
      { ...node("Relu", ["x"]), domain: "com.example" },
      "graph: a session cannot run it: it lacks the operator com.example.Relu",
    ],
  ])("%# is refused with its node and what it expected, and the session runs on", (item, bad, message) => {
    const graph = graphOf(item, [bad]);
    const x = { shape: [2, ...item], data: new Float32Array(item.reduce((product, size) => product * size, 2)) };
    let error: unknown;
    try {
      prepare({ graph }, sourceOf({ graph, weights })).run({ x });
    } catch (thrown) {
      error = thrown;
    }
    // Where the heap begins is the compiler's.
    expect((error as Error).message.replace(/needs \d+/, "needs more")).toBe(message);
  });

  it("a shape of more elements than memory is refused, and the session runs on", () => {
    const graph = graphOf([3, 2], [node("Expand", ["x", "size"])]);
    const size = { name: "size", type: "int64" as const, shape: [3] };
    const session = prepare({ graph: { ...graph, inputs: [...graph.inputs, size] } }, sourceOf({ graph, weights }));
    const run = (...sizes: readonly bigint[]) =>
      session.run({
        x: { shape: [1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        size: { shape: [3], data: BigInt64Array.from(sizes) },
      }).y;
    expect(() => run(2n ** 40n, 3n, 2n)).toThrow(
      /^Expand node "y": it needs \d+ bytes of memory, and may take 4294967296$/,
    );
    expect([...run(1n, 3n, 2n).data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("prepare rejects stored weights that do not fit their shape or codebook", () => {
    const graph = graphOf([2], [node("Gemm", ["x", "w"], { transB: 1 })]);
    const codes = Uint8Array.of(0, 1, 2, 0);
    const run = (shape: readonly number[], centroids: Float32Array) =>
      prepare({ graph }, { weight: () => ({ shape, stored: { form: "dense", codes, centroids } }) });
    expect(() => run([3, 2], Float32Array.of(0, 1, 2))).toThrow('weight "w": expected 6 values for shape [3,2], got 4');
    expect(() => run([2, 2], Float32Array.of(0, 1))).toThrow('weight "w": expected codes below 2, got 2');
  });

  it("denseWeights names a tensor that is missing", () => {
    const source = denseWeights({ graph: undefined, tensors: [] });
    expect(() => source.weight("w")).toThrow('weight "w": the network has no tensor of this name');
  });

  it("a tensor of a type that no value has is named", () => {
    const graph = graphOf([1], [node("Relu", ["h"])]);
    const h = { name: "h", type: "float8e5m2" as const, shape: [1], bytes: new Uint8Array(1) };
    expect(() => prepare({ graph }, denseWeights({ graph, tensors: [h] }))).toThrow(/float8e5m2/);
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

it("tensors of every type keep all their bits through a session", () => {
  const values = {
    int64: new Uint8Array(BigInt64Array.of(2n ** 62n + 1n, -(2n ** 63n)).buffer),
    uint64: new Uint8Array(BigUint64Array.of(2n ** 64n - 1n, 7n).buffer),
    float64: new Uint8Array(Float64Array.of(0.1, -0).buffer),
    int32: new Uint8Array(Int32Array.of(-(2 ** 31), 5).buffer),
    bool: Uint8Array.of(0, 1),
    float16: new Uint8Array(Uint16Array.of(0x3555, 0xfc00).buffer),
    bfloat16: new Uint8Array(Uint16Array.of(0x3eaa, 0x7f80).buffer),
  } as const;
  for (const [type, bytes] of Object.entries(values)) {
    const tensor = { name: "t", type: type as keyof typeof values, shape: [2], bytes };
    const graph = { ...graphOf([1], [{ op: "Identity", inputs: ["t"], outputs: ["y"], attributes: {} }]), inputs: [] };
    const { y } = prepare({ graph }, denseWeights({ graph, tensors: [tensor] })).run({});
    expect(tensorOfArray("t", y)).toEqual(tensor);
  }
});

it("lists the operators it runs", () => {
  expect(SUPPORTED_OPERATORS).toEqual([...SUPPORTED_OPERATORS].sort());
  expect(SUPPORTED_OPERATORS).toContain("Conv");
});
