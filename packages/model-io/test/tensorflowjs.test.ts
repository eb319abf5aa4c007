import { bytesSource } from "@deep-compression/bits";
import { openModel, tensorflowJsWeights, writeWeightsManifest } from "@deep-compression/model-io";
import { elementBytes, floatTensor, type Network, type Tensor } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Folder, failure, folderReader, jsonBytes, openFolder, refilled, together } from "./model-folders";

const float = (name: string, ...shape: number[]) => ({ name, shape, dtype: "float32" });
const group = (paths: readonly string[], ...weights: object[]) => ({ paths, weights });
const model = (...groups: object[]) =>
  jsonBytes({ format: "layers-model", modelTopology: {}, weightsManifest: groups });
const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i + 1);

test("a weight that lies across two shards is one tensor, with one hole across both", async () => {
  const main = model(group(["a.bin", "b.bin"], float("x", 1), float("y", 2, 1)));
  const opened = await openFolder({ "model.json": main, "a.bin": bytes(7), "b.bin": bytes(5) });
  expect(opened.format).toBe("tensorflow.js");
  expect(opened.files.map(({ name }) => name)).toEqual(["model.json", "a.bin", "b.bin"]);
  const { tensors } = opened.network;
  expect(tensors.map(({ name, type, shape }) => ({ name, type, shape }))).toEqual([
    { name: "x", type: "float32", shape: [1] },
    { name: "y", type: "float32", shape: [2, 1] },
  ]);
  expect(await tensors[1].read()).toEqual(Uint8Array.of(5, 6, 7, 1, 2, 3, 4, 5));
  expect(opened.holes).toEqual([
    { tensor: 0, start: main.length, end: main.length + 4, encoding: "bytes" },
    { tensor: 1, start: main.length + 4, end: main.length + 12, encoding: "bytes" },
  ]);
  expect(opened.network.graph).toBeUndefined();
  expect(opened.graphProblem).toBe(
    "the topology of the TensorFlow.js model was not understood: it is neither a graph nor a model of layers",
  );
});

test("quantized weights are the tensors of their codes, and the note says how many", async () => {
  const quantized = (name: string, dtype: string, more: object) => ({
    ...float(name, 2),
    quantization: { dtype, original_dtype: "float32", ...more },
  });
  const scaled = { min: -1, scale: 0.5 };
  const weights = [quantized("a", "uint8", scaled), quantized("b", "uint16", scaled), quantized("c", "float16", {})];
  const { network, notes } = await openFolder({ "model.json": model(group(["w"], ...weights)), w: bytes(10) });
  expect(network.tensors.map(({ type }) => type)).toEqual(["uint8", "uint16", "float16"]);
  expect(await network.tensors[1].read()).toEqual(Uint8Array.of(3, 4, 5, 6));
  expect(notes).toEqual(["quantized already: 2 weights, of which the tensors are the codes"]);
});

test("weights of every type that the format stores are read, and a manifest may stand alone", async () => {
  const sizes = { float32: 4, float16: 2, int32: 4, uint16: 2, uint8: 1, bool: 1, complex64: 8 };
  const weights = Object.keys(sizes).map((dtype) => ({ name: dtype, shape: [3], dtype }));
  const files = { "x-weights_manifest.json": jsonBytes([group(["x-shard1"], ...weights)]), "x-shard1": bytes(66) };
  const { network } = await openFolder(files);
  expect(network.tensors.map(({ name, type }) => [name, type])).toEqual(weights.map(({ dtype }) => [dtype, dtype]));
  const lengths = network.tensors.map(async ({ read }) => (await read()).length / 3);
  expect(await Promise.all(lengths)).toEqual(Object.values(sizes));
});

test("texts stay in the files, and weights behind them are found", async () => {
  const texts = Uint8Array.of(2, 0, 0, 0, 97, 98, 0, 0, 0, 0, 1, 0, 0, 0, 99);
  const weights = [{ name: "t", shape: [3], dtype: "string" }, float("x", 1)];
  const data = new Uint8Array([...texts, 9, 8, 7, 6]);
  const { network, notes, holes } = await openFolder({ "model.json": model(group(["w"], ...weights)), w: data });
  expect(network.tensors.length).toBe(1);
  expect(holes.length).toBe(1);
  expect(await network.tensors[0].read()).toEqual(Uint8Array.of(9, 8, 7, 6));
  expect(notes).toEqual(["kept unread: 1 weight of texts or of types not known here"]);
  const beyond = 'truncated: weight "t": its texts go beyond the files of its weights';
  for (const cut of [data.subarray(0, 3), data.subarray(0, 13), data.with(3, 255), data.with(10, 200)]) {
    expect(await failure({ "model.json": model(group(["w"], weights[0])), w: cut })).toBe(beyond);
  }
  const many = { name: "t", shape: [2 ** 50], dtype: "string" };
  expect(await failure({ "model.json": model(group(["w"], many)), w: texts })).toBe(beyond);
});

test("a great many texts are passed over in order", async () => {
  const texts = Array.from({ length: 40_000 }, (_, i) => [i % 5, 0, 0, 0, ...Array<number>(i % 5).fill(97)]).flat();
  const weights = [{ name: "t", shape: [200, 200], dtype: "string" }, float("x", 1)];
  const data = new Uint8Array([...texts, 1, 2, 3, 4]);
  const { network } = await openFolder({ "model.json": model(group(["w"], ...weights)), w: data });
  expect(await network.tensors[0].read()).toEqual(Uint8Array.of(1, 2, 3, 4));
});

test("weights behind one of a type not known stay in the files too, for where they begin is not known", async () => {
  const weights = [float("x", 1), { name: "y", shape: [1], dtype: "toString" }, float("z", 1)];
  const files = {
    "model.json": model(group(["w"], ...weights), group(["v"], float("u", 1))),
    w: bytes(24),
    v: bytes(4),
  };
  const opened = await openFolder(files);
  expect(opened.network.tensors.map(({ name }) => name)).toEqual(["x", "u"]);
  expect(opened.notes).toEqual(["kept unread: 2 weights of texts or of types not known here"]);
  expect(await refilled(opened)).toEqual(together(files));
});

const TYPES = ["float32", "int32", "bool", "complex64", "uint8", "uint16", "float16"] as const;
const arbitraryWeights = fc.uniqueArray(
  fc.record({
    name: fc.string({ maxLength: 6 }),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    dtype: fc.constantFrom(...TYPES),
  }),
  { maxLength: 5, selector: ({ name }) => name },
);
const arbitraryGroup = fc.tuple(arbitraryWeights, fc.array(fc.nat(40), { maxLength: 3 }));

test("what stands outside the holes and the tensors make the files again, wherever shards are cut", async () => {
  let straddling = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryGroup, { maxLength: 3 }), async (drawn) => {
      const shards: Record<string, Uint8Array> = {};
      const groups = drawn.map(([weights, cuts], g) => {
        const length = weights.reduce(
          (sum, { dtype, shape }) =>
            sum +
            elementBytes(
              dtype,
              shape.reduce((x, y) => x * y, 1),
            ),
          0,
        );
        const ends = [...cuts.map((cut) => Math.min(cut, length)).sort((x, y) => x - y), length];
        const paths = ends.map((end, i) => {
          shards[`g${g}/s${i}`] = bytes(length).slice(ends[i - 1] ?? 0, end);
          return `g${g}/s${i}`;
        });
        return group(paths, ...weights.map(({ name, ...rest }) => ({ ...rest, name: `${g}${name}` })));
      });
      const files: Folder = { "model.json": model(...groups), ...shards };
      const opened = await openFolder(files);
      expect(opened.holes.length).toBe(drawn.flatMap(([weights]) => weights).length);
      expect(await refilled(opened)).toEqual(together(files));
      const ends = opened.files
        .map(({ source }) => source.byteLength)
        .map(
          (
            (sum) => (value: number) =>
              (sum += value)
          )(0),
        );
      straddling += opened.holes.filter(({ start, end }) => ends.some((cut) => start < cut && cut < end)).length;
    }),
    { numRuns: 200 },
  );
  expect(straddling).toBeGreaterThan(20);
});

test("each way in which shards do not fit the manifest has an error of its own", async () => {
  const one = model(group(["w"], float("x", 2)));
  expect(await failure({ "model.json": one })).toBe(
    'truncated: the model\'s file "w" is missing: put it beside the one that names it',
  );
  expect(await failure({ "model.json": one, w: bytes(7) })).toBe(
    'truncated: weight "x": float32 [2] goes beyond the 7 bytes of "w"',
  );
  expect(await failure({ "model.json": one, w: bytes(9) })).toBe(
    'trailing-data: the 9 bytes of "w" have 1 byte more than the weights of the manifest',
  );
  const two = model(group(["v", "w"], float("x", 2)));
  expect(await failure({ "model.json": two, v: bytes(4), w: bytes(5) })).toBe(
    'trailing-data: the 9 bytes of "v" to "w" have 1 byte more than the weights of the manifest',
  );
  expect(await failure({ "model.json": model(group(["w"], float("x", 2 ** 40, 2 ** 40))), w: bytes(8) })).toBe(
    `truncated: weight "x": float32 [${2 ** 40},${2 ** 40}] goes beyond the 8 bytes of "w"`,
  );
  expect(await failure({ "model.json": model(group(["w", "./w"], float("x", 2))), w: bytes(4) })).toBe(
    'duplicate-name: the manifest names the file "w" twice',
  );
  expect(await failure({ "model.json": model(group(["w"], float("x", 1), float("x", 1))), w: bytes(8) })).toBe(
    'duplicate-name: two weights are named "x"',
  );
  expect(await failure({ "model.json": model(group(["model.json"], float("x", 1))) })).toBe(
    "invalid-table: the weights manifest names its own file as weights",
  );
  for (const path of ["../w", "/w", "a\\w"]) {
    expect(await failure({ "model.json": model(group([path], float("x", 1))) })).toMatch(
      /^out-of-range: expected the path of a file in the model's folder, got "/,
    );
  }
  expect(await failure({ "model.json": model(group(["https://x.org/w.bin"], float("x", 1))) })).toBe(
    'out-of-range: "https://x.org/w.bin" is an address: download it beside the model, and name it there',
  );
});

test("a shard that is something else is named for what it is", async () => {
  const main = model(group(["v", "w"], float("x", 200)));
  const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 800\n");
  expect(await failure({ "model.json": main, v: bytes(400), w: pointer })).toBe(
    'bad-magic: "w" is a Git LFS pointer, not the model itself: run git lfs pull',
  );
  expect(await failure({ "model.json": main, v: new TextEncoder().encode("<html><body>404"), w: bytes(400) })).toMatch(
    /^bad-magic: "v" is a web page \(HTML\)/,
  );
});

test("a manifest that is none is refused by what is wrong in it", async () => {
  const refused = async (manifest: unknown) =>
    failure({ "model.json": jsonBytes({ modelTopology: null, weightsManifest: manifest }), w: bytes(4) });
  expect(await refused({})).toBe("invalid-table: the weights manifest is no list of groups");
  expect(await refused([1])).toBe("invalid-table: a group of the weights manifest is no object");
  expect(await refused([{ paths: "w", weights: [] }])).toMatch(/paths .* no list of texts$/);
  expect(await refused([{ paths: [1], weights: [] }])).toMatch(/paths .* no list of texts$/);
  expect(await refused([{ paths: ["w"] }])).toMatch(/weights .* no list$/);
  const weight = async (value: unknown) => refused([{ paths: ["w"], weights: [value] }]);
  expect(await weight(null)).toMatch(/a weight of the manifest has no name$/);
  expect(await weight({ ...float("x", 1), shape: [-1] })).toMatch(/weight "x": shape must be a list of sizes$/);
  expect(await weight({ ...float("x", 1), dtype: [[]] })).toMatch(/weight "x": expected dtype as a text, got Array$/);
  expect(await weight({ ...float("x", 1), quantization: null })).toMatch(/"x": quantization must be an object$/);
  expect(await weight({ ...float("x", 1), quantization: { dtype: "uint8" } })).toMatch(/needs min and scale$/);
});

test("a manifest may have a great many weights", async () => {
  const weights = Array.from({ length: 200_000 }, (_, i) => ({ name: `${i}`, shape: [1], dtype: "bool" }));
  const { network, holes } = await openFolder({
    "model.json": model({ paths: ["w"], weights }),
    w: new Uint8Array(200_000),
  });
  expect([network.tensors.length, holes.length]).toEqual([200_000, 200_000]);
});

test("a model without weights is one of no tensors", async () => {
  for (const files of [{ "model.json": model() }, { "model.json": jsonBytes({ modelTopology: {} }) }]) {
    const opened = await openFolder(files);
    expect(opened.network.tensors).toEqual([]);
    expect(await refilled(opened)).toEqual(together(files));
  }
});

test("a model.json in front of which stand a byte order mark and white space is read", async () => {
  const marked = new Uint8Array([0xef, 0xbb, 0xbf, 0x20, 0x0a, ...model(group(["w"], float("x", 1)))]);
  expect((await openFolder({ "model.json": marked, w: bytes(4) })).network.tensors.length).toBe(1);
  const nameless = await openModel(bytesSource(marked), { folder: folderReader({ w: bytes(4) }) });
  expect(nameless.files[0].name).toBe("model.json");
});

test("the weights of a layers model are those that layers multiply by, of rank 2 or more", async () => {
  const names = [
    "dense/kernel",
    "dense/bias",
    "bn/gamma",
    "lstm/cell/recurrent_kernel:0",
    "emb/embeddings",
    "dw/depthwise_kernel",
  ];
  const weights = [...names.map((name) => float(name, 1, 1)), float("flat/kernel", 1)];
  const { weights: found } = await openFolder({ "model.json": model(group(["w"], ...weights)), w: bytes(28) });
  expect([...(found ?? [])]).toEqual([
    "dense/kernel",
    "lstm/cell/recurrent_kernel:0",
    "emb/embeddings",
    "dw/depthwise_kernel",
  ]);
});

test("the weights of a manifest that stands alone are those that are named so or have the shape of a matrix or a filter", () => {
  const shapes: Record<string, readonly number[]> = {
    "conv/Conv2D/merged_input": [1, 1, 160, 960],
    "conv/filter": [3, 3, 8, 16],
    "depthwise/input": [3, 3, 64, 1],
    "conv1d/input": [5, 32, 32],
    "matmul/input": [64, 128],
    "small/weights": [1, 1],
    "mean/input": [1, 1, 1, 3],
    "positions/input": [1, 196, 768],
    "grid/input": [1, 80, 80, 2],
    "anchors/input": [896, 4],
    "batch_norm/input": [960],
  };
  const weights = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const expected = Object.keys(shapes).slice(0, 6);
  expect([...tensorflowJsWeights(undefined, weights)]).toEqual(expected);
  expect([...tensorflowJsWeights({}, weights)]).toEqual(["small/weights"]); // a layers model's have Keras's names
});

test("the weights of a graph model are the constants of its products, behind what only hands them on", async () => {
  const node = (name: string, op: string, ...input: string[]) => ({ name, op, input });
  const topology = {
    node: [
      node("x", "Placeholder"),
      ...["k", "r", "bias", "table", "shape", "dw", "loop"].map((name) => node(name, "Const")),
      node("k/read", "Identity", "k"),
      node("conv", "_FusedConv2D", "x", "k/read:0", "bias"),
      node("reshaped", "Reshape", "r", "shape"),
      node("product", "MatMul", "conv", "^x", "reshaped"),
      node("row", "GatherV2", "table", "x", "axis"),
      node("ring", "Identity", "ring"),
      node("turns", "MatMul", "ring", "ring"),
      node("odd", "toString", "x"),
      { name: "none", op: 1, input: "x" },
    ],
    library: { function: [{ nodeDef: [node("inner", "DepthwiseConv2dNative", "x", "dw")] }] },
  };
  const weights = ["k", "r", "bias", "table", "shape", "dw"].map((name) => float(name, 1, 1));
  const files = {
    "model.json": jsonBytes({
      format: "graph-model",
      modelTopology: topology,
      weightsManifest: [group(["w"], ...weights)],
    }),
    w: bytes(24),
  };
  const { weights: found } = await openFolder(files);
  expect([...(found ?? [])]).toEqual(["k", "r", "table", "dw"]);
});

test("a manifest that we write is read again with the same tensors", async () => {
  const tensor = (type: Tensor["type"], length: number): Tensor => ({
    name: type,
    type,
    shape: [length],
    bytes: bytes(elementBytes(type, length)),
  });
  const tensors = TYPES.map((type) => tensor(type, 3));
  const network: Network = { graph: undefined, tensors };
  const [manifest, weights] = writeWeightsManifest(network, { name: "net" });
  expect([manifest.name, weights.name]).toEqual(["net-weights_manifest.json", "net.bin"]);
  const { network: read } = await openFolder({ [manifest.name]: manifest.bytes, [weights.name]: weights.bytes });
  const whole = read.tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
  expect(await Promise.all(whole)).toEqual(tensors);
});

test("what TensorFlow.js cannot hold is refused on writing", () => {
  const write = (network: Network) => () => writeWeightsManifest(network, { name: "net" });
  const long: Tensor = { name: "i", type: "int64", shape: [1], bytes: new Uint8Array(8) };
  expect(write({ graph: undefined, tensors: [long] })).toThrow('tensor "i": TensorFlow.js has no type for int64');
  const graph = { opset: 13, inputs: [], outputs: [], nodes: [] };
  const tensors = [floatTensor("x", [1], Float32Array.of(1))];
  expect(write({ graph, tensors })).toThrow("network.graph: expected none: the graph cannot be written");
});
