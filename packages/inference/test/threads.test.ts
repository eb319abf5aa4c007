import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Codes } from "@deep-compression/bits";
import {
  ALL_PASSES,
  denseWeights,
  type NamedArrays,
  OPERATORS,
  plainKernels,
  prepare,
  type ShapedArray,
  type ShapedWeight,
  type WeightSource,
} from "@deep-compression/inference";
import { prepareOnThreads, type ThreadSession } from "@deep-compression/inference/threads";
import type { Graph, Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { relativeIndex } from "@deep-compression/sparse";
import type { StoredWeight } from "@deep-compression/tensor-codec";
import { build } from "esbuild";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { graphOf, randomValues, randomWeight } from "./networks";

const ALL = { operators: OPERATORS, passes: ALL_PASSES };

const sessions: ThreadSession[] = [];
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.close())));

async function onThreads(network: LayerNetwork, threads: number, options = {}): Promise<ThreadSession> {
  const session = await prepareOnThreads(network, network.source, { ...ALL, threads, ...options });
  sessions.push(session);
  return session;
}

interface Layer {
  readonly node: Omit<Node, "inputs" | "outputs">;
  readonly item: readonly number[];
  readonly weight: readonly number[];
  /** Part of the weight that is not zero; "raw": it is no weight in codes. */
  readonly density: number | "raw";
  readonly centroids?: number;
}

/** A network of one layer and a Relu behind it. */
interface LayerNetwork {
  readonly graph: Graph;
  readonly source: WeightSource;
}

function networkOf({ node, item, weight, density, centroids = 16 }: Layer, seed = 1): LayerNetwork {
  const layer = { ...node, inputs: ["x", "w"], outputs: ["h"] };
  const relu = { op: "Relu", inputs: ["h"], outputs: ["y"], attributes: {} };
  const random = seededRandom(seed);
  const isRaw = density === "raw";
  const w = isRaw ? randomWeight(random, weight, { form: "raw" }) : sparseWeight(random, weight, density, centroids);
  return { graph: graphOf(item, [layer, relu]), source: { weight: () => w } };
}

/** A weight as gaps, made without a dense matrix: it may be large. */
function sparseWeight(random: () => number, shape: readonly number[], density: number, size: number): ShapedWeight {
  const length = shape.reduce((product, one) => product * one, 1);
  const positions: number[] = [];
  for (let at = Math.floor(random() / density); at < length; at += 1 + Math.floor((2 * random()) / density))
    positions.push(at);
  const centroids = Float32Array.from({ length: size }, (_, code) => (code === 0 ? 0 : random() - 0.5));
  const values = Uint8Array.from(positions, () => 1 + Math.floor(random() * (size - 1)));
  const vector = { length, positions: Uint32Array.from(positions), values };
  const gaps = relativeIndex<Codes>({ gapBits: 5, filler: 0 }).encode(vector);
  const layout = { rows: shape[0]!, columns: length / shape[0]!, order: "row-major" } as const;
  return { shape, stored: { form: "gaps", layout, gaps, centroids } as StoredWeight };
}

function itemsOf(item: readonly number[], count: number): NamedArrays {
  const shape = [count, ...item];
  const size = shape.reduce((product, one) => product * one, 1);
  return { x: { type: "float32", shape, data: randomValues(seededRandom(count), size) } };
}

type Results = Readonly<Record<string, ShapedArray>>;

/** Bit by bit. */
function expectSame(results: Results, expected: Results): void {
  const bitsOf = ({ y }: Results) => Buffer.from(y!.data.buffer, y!.data.byteOffset, y!.data.byteLength);
  expect(results.y!.shape).toEqual(expected.y!.shape);
  expect(bitsOf(results).equals(bitsOf(expected))).toBe(true);
}

/** What `run` gives, and how often it called upon a worker. */
function counted<T>(run: () => T): [T, number] {
  const notify = vi.spyOn(Atomics, "notify");
  const result = run();
  const count = notify.mock.calls.length;
  notify.mockRestore();
  return [result, count];
}

const gemm = { op: "Gemm", attributes: { transB: 1 } };
const conv = (attributes: Node["attributes"] = {}) => ({ op: "Conv", attributes });

const LAYERS: Readonly<Record<string, Layer>> = {
  "a product with sparse rows": { node: gemm, item: [16_500], weight: [1030, 16_500], density: 0.04 },
  "a product with a dense matrix": { node: gemm, item: [700], weight: [1003, 700], density: "raw" },
  "a product with a dense matrix of many inputs": {
    node: { op: "MatMul", attributes: {} },
    item: [700],
    weight: [700, 1003],
    density: "raw",
  },
  "a sparse convolution": {
    node: conv({ pads: [1, 1, 1, 1], strides: [2, 1] }),
    item: [40, 21, 33],
    weight: [24, 40, 3, 3],
    density: 0.2,
  },
  "a sparse convolution in groups": {
    node: conv({ group: 2 }),
    item: [40, 21, 33],
    weight: [24, 20, 3, 3],
    density: 0.2,
  },
  "a convolution of many windows": {
    node: conv({ pads: [1, 1, 1, 1] }),
    item: [30, 61, 67],
    weight: [13, 30, 3, 3],
    density: "raw",
  },
  "a convolution of few windows": { node: conv(), item: [130, 7, 7], weight: [131, 130, 3, 3], density: "raw" },
  "a convolution in groups": {
    node: conv({ group: 2, strides: [1, 2] }),
    item: [30, 61, 67],
    weight: [14, 15, 3, 3],
    density: "raw",
  },
  "a depthwise convolution": {
    node: conv({ group: 37, pads: [1, 1, 1, 1] }),
    item: [37, 41, 43],
    weight: [74, 1, 3, 3],
    density: "raw",
  },
  "a transposed convolution": {
    node: { op: "ConvTranspose", attributes: { strides: [2, 2] } },
    item: [40, 15, 16],
    weight: [40, 12, 3, 3],
    density: "raw",
  },
};

test.each(Object.entries(LAYERS))("%s is shared, and the same as on one thread, bit by bit", async (_, layer) => {
  const network = networkOf(layer);
  const one = prepare(network, network.source);
  for (const threads of [2, 3]) {
    const session = await onThreads(network, threads);
    expect(session.threads).toBe(threads);
    expect(session.layers).toEqual(one.layers);
    for (const count of [1, 3, 9]) {
      const inputs = itemsOf(layer.item, count);
      const [result, sent] = counted(() => session.run(inputs));
      expect(sent).toBeGreaterThanOrEqual(threads - 1);
      expectSame(result, one.run(inputs));
      expect(result.y!.data.buffer).toBeInstanceOf(ArrayBuffer);
    }
  }
});

test("products of any sizes are the same on any number of threads, bit by bit", async () => {
  const sizes = fc.record({
    rows: fc.integer({ min: 1, max: 90 }),
    columns: fc.integer({ min: 1, max: 90 }),
    depth: fc.integer({ min: 1, max: 600 }),
    transA: fc.constantFrom(0, 1),
    transB: fc.constantFrom(0, 1),
  });
  const runs = Object.fromEntries(
    [0, 1].flatMap((transA) => [0, 1].map((transB) => [`${transA}${transB}`, { transA, transB }] as const)),
  );
  const prepared = new Map<string, readonly [ReturnType<typeof prepare>, ...ThreadSession[]]>();
  for (const [key, attributes] of Object.entries(runs)) {
    const inputs = ["a", "b"].map((name) => ({ name, type: "float32" as const }));
    const nodes = [{ op: "Gemm", inputs: ["a", "b"], outputs: ["y"], attributes }];
    const network = {
      graph: { opset: 17, inputs, outputs: [{ name: "y" }], nodes },
      source: denseWeights({ graph: undefined, tensors: [] }),
    };
    const shared = [await onThreads(network, 2), await onThreads(network, 5)];
    prepared.set(key, [prepare(network, network.source), ...shared]);
  }
  fc.assert(
    fc.property(sizes, ({ rows, columns, depth, transA, transB }) => {
      const random = seededRandom(rows + columns + depth);
      const a = { shape: transA ? [depth, rows] : [rows, depth], data: randomValues(random, rows * depth) };
      const b = { shape: transB ? [columns, depth] : [depth, columns], data: randomValues(random, depth * columns) };
      const [expected, ...others] = prepared.get(`${transA}${transB}`)!.map((session) => session.run({ a, b }));
      for (const other of others) expectSame(other, expected!);
    }),
    { numRuns: 60 },
  );
});

test("a layer that one thread would lay out by columns is laid out in groups, which threads share", async () => {
  const layer = { node: gemm, item: [4096], weight: [1024, 4096], density: 0.12, centroids: 256 };
  const network = networkOf(layer);
  const one = prepare(network, network.source);
  const session = await onThreads(network, 4);
  expect([one, session].map(({ layers }) => layers[0]!.layout)).toEqual(["columns of codes", "grouped by code"]);
  const inputs = itemsOf(layer.item, 1);
  const [expected, got] = [one, session].map((each) => each.run(inputs).y!.data as Float32Array);
  for (const [i, value] of expected!.entries()) expect(Math.abs(got![i]! - value)).toBeLessThan(1e-4);
});

const small = networkOf({ node: gemm, item: [1000], weight: [600, 1000], density: "raw" });

test("a worker that has gone to sleep is woken, time and again", async () => {
  const gemm = { node: { op: "Gemm", attributes: { transB: 1 } }, item: [1200], weight: [1200, 1200] } as const;
  const network = networkOf({ ...gemm, density: 0.3 });
  const session = await onThreads(network, 2);
  const inputs = itemsOf(gemm.item, 1);
  const expected = prepare(network, network.source).run(inputs).y!.data;
  for (const pause of [200, 5, 200, 0, 200, 1]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    expect(session.run(inputs).y!.data).toEqual(expected);
  }
});

test("a session that is closed runs on, on the caller's thread", async () => {
  const session = await onThreads(small, 3);
  const inputs = itemsOf([1000], 2);
  const before = session.run(inputs);
  await session.close();
  await session.close();
  expect(session.threads).toBe(1);
  const [after, sent] = counted(() => session.run(inputs));
  expectSame(after, before);
  expect(sent).toBe(0);
});

test("a session on one thread needs no memory that is shared", async () => {
  vi.stubGlobal("SharedArrayBuffer", undefined);
  const session = await onThreads(small, 1, { kernels: "plain", plain: plainKernels });
  expect(session.threads).toBe(1);
  const inputs = itemsOf([1000], 2);
  expectSame(session.run(inputs), prepare(small, small.source, { kernels: "plain" }).run(inputs));
  await session.close();
});

test("an error leaves a session that can be used", async () => {
  const session = await onThreads(small, 2);
  expect(() => session.run(itemsOf([999], 2))).toThrow(RangeError);
  const inputs = itemsOf([1000], 2);
  expectSame(session.run(inputs), prepare(small, small.source).run(inputs));
  expect(session.heldBytes).toBeGreaterThan(session.weightBytes);
});

test("wrong options are refused", async () => {
  for (const threads of [0, 1.5, 1025])
    await expect(onThreads(small, threads)).rejects.toThrow(
      new RangeError(`threads: expected an integer in 1..1024, got ${threads}`),
    );
  await expect(onThreads(small, 2, { kernels: "plain" })).rejects.toThrow(
    new RangeError('threads: expected 1 with kernels: "plain", got 2'),
  );
  await expect(onThreads(small, 2, { kernels: "gpu" })).rejects.toThrow(/kernels: expected/);
  await expect(onThreads(small, 2, { maxBytes: 2 ** 16 })).rejects.toThrow(/may take 65536/);
  await expect(onThreads(small, 2, { operators: {} })).rejects.toThrow(/Gemm/);
});

test("without memory that is shared it says what to do", async () => {
  class None {
    constructor() {
      throw new RangeError("no room");
    }
  }
  const memory = vi.spyOn(WebAssembly, "Memory").mockImplementation(None as never);
  await expect(onThreads(small, 2)).rejects.toThrow(
    "threads: no WebAssembly with SIMD and shared memory here; a page must be cross-origin isolated for it, else ask for 1 thread",
  );
  memory.mockRestore();
});

test("where workers do not start it says what may be wrong", async () => {
  class Refused {
    constructor() {
      throw new Error("workers are forbidden");
    }
  }
  const original = process.getBuiltinModule;
  const spy = vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) => {
    const module = original(name);
    return name === "node:worker_threads" ? { ...(module as object), Worker: Refused } : module;
  }) as never);
  await expect(onThreads(small, 3)).rejects.toThrow(/^threads: a worker did not start \(.*workers are forbidden$/);
  spy.mockRestore();
});

test("a process of Node ends while a session's workers wait, closed or not", async () => {
  const contents = `
    import { OPERATORS } from "@deep-compression/inference";
    import { prepareOnThreads } from "@deep-compression/inference/threads";
    const inputs = ["a", "b"].map((name) => ({ name, type: "float32" }));
    const nodes = [{ op: "MatMul", inputs: ["a", "b"], outputs: ["y"], attributes: {} }];
    const graph = { opset: 17, inputs, outputs: [{ name: "y" }], nodes };
    const session = await prepareOnThreads({ graph }, { weight() {} }, { operators: OPERATORS, threads: 3 });
    const ones = { shape: [100, 100], data: new Float32Array(10_000).fill(1) };
    console.log(session.threads, session.run({ a: ones, b: ones }).y.data.every((value) => value === 100));
  `;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    conditions: ["@deep-compression/source"],
  });
  const script = ["--input-type=module", "-"];
  const { status, stdout } = spawnSync(process.execPath, script, {
    input: outputFiles[0].text,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "3 true\n" });
});
