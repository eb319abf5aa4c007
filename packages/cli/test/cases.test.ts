// Models that people have tripped over, and what is right of each.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { readModel, writeOnnx, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Graph, type Network, type Node, type Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, it } from "vitest";
import * as onnx from "../../model-io/test/onnx-files";
import { call, randomTensor, readArray, temporaryFolder, writeArray } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

const node = (op: string, inputs: string, output: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  inputs: inputs.split(","),
  outputs: [output],
  attributes,
});
const value = (name: string, ...shape: readonly (number | string)[]) => ({ name, type: "float32", shape }) as const;

/** A network from x to y. */
function network(
  nodes: readonly Node[],
  tensors: readonly Tensor[],
  [input, output]: readonly (readonly (number | string)[])[] = [[], []],
  more: Partial<Graph> = {},
): Network {
  const graph = { opset: 13, inputs: [value("x", ...input)], outputs: [value("y", ...output)], nodes, ...more };
  return { graph, tensors };
}

const constant = (name: string, shape: readonly number[], of: number) =>
  floatTensor(name, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(of));
const kernel = randomTensor("K", [64, 3, 3, 3]);
const conv = node("Conv", "x,K", "c", { pads: [1, 1, 1, 1] });
const image = [
  ["N", 3, 8, 8],
  ["N", 64, 8, 8],
];

/** The tensors that come back, and the report. */
async function through(model: Network, ...options: readonly string[]) {
  await writeFile(at("model.onnx"), writeOnnx(model));
  const compressed = await call(["compress", at("model.onnx"), "-o", at("model.dcz"), "--json", ...options]);
  expect(compressed).toMatchObject({ code: 0, error: "" });
  expect(await call(["restore", at("model.dcz"), "-o", at("again.onnx")])).toMatchObject({ code: 0, error: "" });
  const restored = readModel(new Uint8Array(await readFile(at("again.onnx"))), { name: "again.onnx" });
  return {
    report: JSON.parse(compressed.out),
    graph: restored.graph,
    tensor: (name: string) => restored.tensors.find((tensor) => tensor.name === name)!,
  };
}

const isSame = async () => (await readFile(at("model.onnx"))).equals(await readFile(at("again.onnx")));

/** Squared error of a tensor, of its sum of squares. */
function errorOf(restored: Tensor, original: Tensor): number {
  const [values, before] = [floatValues(restored), floatValues(original)];
  const square = (sum: number, one: number) => sum + one ** 2;
  return values.map((one, i) => one - before[i]).reduce(square, 0) / before.reduce(square, 0);
}

describe("what is no weight comes back bit for bit", () => {
  it.each([
    ["a slope of PRelu", [1, 1, 1], [node("PRelu", "c,t", "y")]],
    ["a slope of PRelu for each channel", [64, 1, 1], [node("PRelu", "c,t", "y")]],
    ["a scale", [1, 64, 1, 1], [node("Mul", "c,t", "y")]],
    ["a bias of four dimensions", [1, 64, 1, 1], [node("Add", "c,t", "y")]],
  ])("%s, whatever error is allowed", async (_, shape, nodes) => {
    const tensor = randomTensor("t", shape, 7);
    const restored = await through(network([conv, ...nodes], [kernel, tensor], image), "--max-error", "0.05");
    expect(restored.tensor("t").bytes).toEqual(tensor.bytes);
    expect(restored.tensor("K").bytes).not.toEqual(kernel.bytes);
    expect(restored.report.lossy.map(({ tensor: name }: { tensor: string }) => name)).toEqual(["K"]);
  });

  it("a causal mask of -1e9", async () => {
    const rows = Array.from({ length: 64 * 64 }, (_, i) => (i % 64 > Math.floor(i / 64) ? -1e9 : 0));
    const mask = floatTensor("mask", [1, 1, 64, 64], Float32Array.from(rows));
    const nodes = [node("Add", "x,mask", "m"), node("Softmax", "m", "y", { axis: -1 })];
    const sizes = ["N", 2, 64, 64];
    const { tensor, report } = await through(network(nodes, [mask], [sizes, sizes]), "--max-error", "0.1");
    expect(tensor("mask").bytes).toEqual(mask.bytes);
    expect(report.lossy).toEqual([]);
    expect(report.leftAlone).toEqual([{ reason: "no weight: operand of Add", tensors: 1, elements: 4096 }]);
  });
});

describe("--max-error bounds each weight by itself", () => {
  it("beside a mask of -1e9", async () => {
    const W = randomTensor("W", [64, 64]);
    const mask = constant("mask", [1, 64, 64], -1e9);
    const nodes = [node("MatMul", "x,W", "s"), node("Add", "s,mask", "y")];
    const sizes = ["N", 64, 64];
    const { tensor } = await through(network(nodes, [W, mask], [sizes, sizes]), "--max-error", "0.001");
    expect(errorOf(tensor("W"), W)).toBeLessThanOrEqual(0.001);
    expect(errorOf(tensor("W"), W)).toBeGreaterThan(0);
    expect(tensor("mask").bytes).toEqual(mask.bytes);
  });

  it("in a layer 20 times smaller than the other", async () => {
    const W1 = randomTensor("W1", [64, 64], 1);
    const half = floatValues(randomTensor("W2", [64, 64], 2));
    const W2 = floatTensor(
      "W2",
      [64, 64],
      half.map((one) => one / 20),
    );
    const nodes = [node("MatMul", "x,W1", "a"), node("Relu", "a", "r"), node("MatMul", "r,W2", "y")];
    const sizes = ["N", 64];
    const { tensor } = await through(network(nodes, [W1, W2], [sizes, sizes]), "--max-error", "0.01");
    for (const original of [W1, W2]) {
      expect(errorOf(tensor(original.name), original)).toBeLessThanOrEqual(0.01);
      expect(errorOf(tensor(original.name), original)).toBeGreaterThan(0);
    }
  });
});

describe("graphs that are unlike ours", () => {
  const W = randomTensor("W", [4, 3]);
  const sizes = [
    ["N", 4],
    ["N", 3],
  ];

  it("a batch written as -1 is a dimension that nobody named, and runs", async () => {
    const { graph } = await through(
      network(
        [node("MatMul", "x,W", "y")],
        [W],
        [
          ["", 4],
          ["", 3],
        ],
      ),
      "--lossless",
    );
    expect(graph?.inputs[0].shape).toEqual(["", 4]);
    expect(await isSame()).toBe(true);
    await writeArray(at("x.npy"), [2, 4], [1, 0, 0, 0, 0, 0, 0, 1]);
    expect(await call(["run", at("model.dcz"), "--input", at("x.npy"), "-o", at("y.npy")])).toMatchObject({ code: 0 });
    const w = floatValues(W);
    expect((await readArray(at("y.npy"))).values).toEqual(Float32Array.of(...w.slice(0, 3), ...w.slice(9)));
  });

  it("the IR version is the model's own", async () => {
    const bytes = writeOnnx(network([node("MatMul", "x,W", "y")], [W], sizes));
    expect(bytes[0]).toBe(8); // field 1, a varint: the IR version
    bytes[1] = 3;
    await writeFile(at("old.onnx"), bytes);
    expect(await call(["compress", at("old.onnx"), "-o", at("old.dcz"), "--lossless"])).toMatchObject({ code: 0 });
    await call(["restore", at("old.dcz"), "-o", at("old.again.onnx")]);
    expect(new Uint8Array(await readFile(at("old.again.onnx")))).toEqual(bytes);
  });

  it.each([
    ["a bias", [node("Identity", "b", "b2"), node("Gemm", "x,W,b2", "y")]],
    ["a weight", [node("Identity", "W", "W2"), node("Gemm", "x,W2,b", "y")]],
  ])("%s under another name by Identity runs", async (_, nodes) => {
    const b = constant("b", [3], 0.5);
    const { report } = await through(network(nodes, [W, b], sizes), "--lossless");
    expect(report.runProblem).toBeUndefined();
    await writeArray(at("x.npy"), [1, 4], [0, 1, 0, 0]);
    expect(await call(["run", at("model.dcz"), "--input", at("x.npy"), "-o", at("y.npy")])).toMatchObject({ code: 0 });
    const expected = floatValues(W)
      .slice(3, 6)
      .map((one) => one + 0.5);
    for (const [i, got] of (await readArray(at("y.npy"))).values.entries()) expect(got).toBeCloseTo(expected[i], 6);
  });

  it("an integer of 64 bits is kept, and printed, exactly", async () => {
    const slice = node("Slice", "x", "s", { axes: [1], starts: [2], ends: [9223372036854775807n] });
    const tensor = randomTensor("W", [4, 3]);
    const six = [["N", 6], sizes[1]];
    const { graph } = await through(
      network([slice, node("MatMul", "s,W", "y")], [tensor], six, { opset: 9 }),
      "--lossless",
    );
    expect(graph?.nodes[0].attributes.ends).toEqual([9223372036854775807n]);
    expect(await isSame()).toBe(true);
    expect((await call(["inspect", at("model.dcz"), "--json"])).out).toContain('"ends":["9223372036854775807"]');
  });

  it("an operator of another domain is kept, and compress and run say that run lacks it", async () => {
    const fused = { ...node("FusedWeight", "x,W", "y"), domain: "com.example" };
    const { report, graph } = await through(network([fused], [W], sizes), "--lossless");
    expect(graph?.nodes[0]).toMatchObject(fused);
    expect(await isSame()).toBe(true);
    expect(report.runProblem).toMatch(/com\.example\.FusedWeight/);
    await writeArray(at("x.npy"), [1, 4], [0, 1, 0, 0]);
    const { code, error } = await call(["run", at("model.dcz"), "--input", at("x.npy")]);
    expect(code).toBe(1);
    expect(error).toMatch(/^deep-compression: cannot [^\n]+FusedWeight[^\n]*\n$/);
  });

  it("an operator of onnxruntime's is kept, and runs", async () => {
    const fused = { ...node("FusedMatMul", "x,W", "y"), domain: "com.microsoft" };
    const { report, graph } = await through(network([fused], [W], sizes), "--lossless");
    expect(graph?.nodes[0]).toMatchObject(fused);
    expect(await isSame()).toBe(true);
    expect(report.runProblem).toBeUndefined();
    await writeArray(at("x.npy"), [1, 4], [0, 1, 0, 0]);
    expect(await call(["run", at("model.dcz"), "--input", at("x.npy"), "-o", at("y.npy")])).toMatchObject({ code: 0 });
    expect((await readArray(at("y.npy"))).values).toEqual(floatValues(W).slice(3, 6));
  });

  it("the weights in the branches of an If are coded", async () => {
    const names = ["W1", "W2"];
    const branch = (name: string) => ({
      graph: {
        name,
        inputs: [],
        outputs: [value(`${name}.y`, "N", 48)],
        nodes: [node("MatMul", `x,${name}`, `${name}.y`)],
        tensors: { [name]: name },
      },
    });
    const choice = node("If", "c", "y", { then_branch: branch("W1"), else_branch: branch("W2") });
    const tensors = names.map((name, i) => randomTensor(name, [48, 48], i + 1));
    const inputs = [value("x", "N", 48), { name: "c", type: "bool", shape: [] } as const];
    const { report } = await through(network([choice], tensors, undefined, { inputs, outputs: [value("y", "N", 48)] }));
    expect(report.lossy).toHaveLength(2);
    expect(report.runProblem).toBeUndefined();
    await writeArray(at("x.npy"), [1, 48], new Array(48).fill(1));
    const outputs = [];
    for (const condition of [0, 1]) {
      await writeArray(at("c.npy"), [], [condition]);
      const args = ["run", at("model.dcz"), "--input", `x=${at("x.npy")}`, "--input", `c=${at("c.npy")}`, "--json"];
      outputs.push(JSON.parse((await call(args)).out).outputs.y.data);
    }
    expect(outputs[0]).toHaveLength(48);
    expect(outputs[0]).not.toEqual(outputs[1]);
    expect(await call(["compress", at("model.onnx"), "-o", at("model.dcz"), "--lossless"])).toMatchObject({ code: 0 });
    await call(["restore", at("model.dcz"), "-o", at("again.onnx")]);
    expect(await isSame()).toBe(true);
  });

  it("a Reshape to one row runs on one item, and says why it does not on two", async () => {
    const shape: Tensor = { name: "s", type: "int64", shape: [2], bytes: new Uint8Array(16) };
    new BigInt64Array(shape.bytes.buffer).set([1n, -1n]);
    const nodes = [node("Reshape", "x,s", "r"), node("MatMul", "r,W", "y")];
    await through(
      network(
        nodes,
        [randomTensor("W", [8, 5]), shape],
        [
          ["N", 2, 4],
          [1, 5],
        ],
      ),
      "--lossless",
    );
    await writeArray(at("one.npy"), [1, 2, 4], [1, 0, 0, 0, 0, 0, 0, 0]);
    await writeArray(at("two.npy"), [2, 2, 4], new Array(16).fill(1));
    expect(await call(["run", at("model.dcz"), "--input", at("one.npy")])).toMatchObject({ code: 0 });
    const { code, error } = await call(["run", at("model.dcz"), "--input", at("two.npy")]);
    expect({ code, error }).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^deep-compression: cannot [^\n]+\n$/),
    });
  });
});

describe("files that are unlike ours", () => {
  it("safetensors with white space before the header are read, and come back with it", async () => {
    const plain = writeSafetensors({ graph: undefined, tensors: [randomTensor("w", [16, 16])] });
    const length = Number(new DataView(plain.buffer).getBigUint64(0, true));
    const bytes = new Uint8Array(plain.length + 3);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length + 3), true);
    bytes.set([0x20, 0x0a, 0x09], 8);
    bytes.set(plain.subarray(8), 11);
    await writeFile(at("space.safetensors"), bytes);
    const compressed = await call(["compress", at("space.safetensors"), "-o", at("space.dcz"), "--lossless"]);
    expect(compressed).toMatchObject({ code: 0, error: "" });
    await call(["restore", at("space.dcz"), "-o", at("space.again.safetensors")]);
    expect(new Uint8Array(await readFile(at("space.again.safetensors")))).toEqual(bytes);
  });

  it.each([
    ["a pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", /Git LFS pointer/],
    ["a page", "<!doctype html><html><body>404</body></html>", /HTML/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0), /gzip/],
  ])("%s named .safetensors is named for what it is, in one line", async (_, bytes, what) => {
    await mkdir(at("foreign"), { recursive: true });
    await writeFile(at("foreign/model.safetensors"), bytes);
    const { code, error } = await call(["compress", at("foreign/model.safetensors"), "-o", at("no.dcz")]);
    expect({ code, error }).toMatchObject({ code: 1, error: expect.stringMatching(what) });
    expect(error).toMatch(/^[^\n]+\n$/);
  });
});

describe("safetensors of a kind", () => {
  /** Stores a file by some options, and gives what comes back and what was told. */
  async function through(bytes: Uint8Array, ...options: readonly string[]) {
    await writeFile(at("kind.safetensors"), bytes);
    const compressed = await call(["compress", at("kind.safetensors"), "-o", at("kind.dcz"), ...options]);
    expect(compressed).toMatchObject({ code: 0, error: "" });
    await call(["restore", at("kind.dcz"), "-o", at("kind.again.safetensors")]);
    const [stored, restored] = await Promise.all([readFile(at("kind.dcz")), readFile(at("kind.again.safetensors"))]);
    return { out: compressed.out, stored, isSame: restored.equals(bytes) };
  }

  it("slopes, temperatures and tokens of rank 2 and more are no weights: they come back bit for bit", async () => {
    const tensors = [
      constant("act.weight", [1, 1, 1], 0.25),
      randomTensor("channels.weight", [64, 1, 1]),
      constant("temperature", [1, 1], 0.07),
      randomTensor("cls_token", [1, 1, 64]),
    ];
    const file = writeSafetensors({ graph: undefined, tensors, metadata: { format: "pt" } });
    for (const options of [[], ["--max-error", "0.1"], ["--sparsity", "0.9"], ["--bits", "2"]]) {
      expect((await through(file, ...options)).isSame).toBe(true);
    }
  });

  it("a name of 2,000 bytes makes short lines only, in every command", async () => {
    const name = `layer.${"deep.".repeat(399)}weight`;
    const file = writeSafetensors({ graph: undefined, tensors: [randomTensor(name, [64, 64])] });
    const { out } = await through(file);
    const said = [out, (await call(["inspect", at("kind.dcz")])).out, (await call(["verify", at("kind.dcz")])).out];
    const broken = file.subarray(0, -1);
    await writeFile(at("broken.safetensors"), broken);
    said.push((await call(["compress", at("broken.safetensors"), "-o", at("no.dcz")])).error);
    for (const line of said.join("").split("\n")) expect(line.length).toBeLessThanOrEqual(500);
    expect(said[3]).toMatch(/^[^\n]*tensor "layer\.deep[^"]*\.\.\.[^"]*weight"[^\n]*\n$/);
  });

  it("1,500,000 bytes of metadata are kept, deflated", async () => {
    const tensors = [randomTensor("w", [16, 16])];
    const file = writeSafetensors({ graph: undefined, tensors, metadata: { config: "epoch 1, ".repeat(166_667) } });
    expect(file.length).toBeGreaterThan(1_500_000);
    const { stored, isSame } = await through(file, "--lossless");
    expect(isSame).toBe(true);
    expect(stored.length).toBeLessThan(10_000);
  });

  it("a matrix of a million floats, nine in ten zeros and the others all distinct, is smaller than gzip has it", async () => {
    const random = seededRandom(2);
    const sparse = floatValues(randomTensor("w", [1000, 1000])).map((one) => (random() < 0.1 ? one : 0));
    const file = writeSafetensors({ graph: undefined, tensors: [floatTensor("w", [1000, 1000], sparse)] });
    expect(file.length).toBeGreaterThan(4_000_000);
    const { stored, isSame } = await through(file, "--lossless");
    expect(isSame).toBe(true);
    expect(stored.length).toBeLessThan(0.99 * gzipSync(file, { level: 9 }).length);
  });
});

it("a batch whose size is the number -1 in the file is one that nobody named, and runs", async () => {
  const { bytes } = floatTensor("W", [2, 2], Float32Array.of(1, 2, 3, 4));
  const file = onnx.model(
    onnx.initializer(onnx.tensor("W", 1, [2, 2], onnx.bytes(9, bytes))),
    onnx.node("MatMul", ["x", "W"], ["y"]),
    onnx.value(11, "x", [-1, 2]),
    onnx.value(12, "y", [-1, 2]),
  );
  await writeFile(at("minus.onnx"), file);
  expect(await call(["compress", at("minus.onnx"), "-o", at("minus.dcz")])).toMatchObject({ code: 0, error: "" });
  expect((await call(["inspect", at("minus.dcz")])).out).toContain("inputs: x float32 [?,2]");
  await writeArray(at("three.npy"), [3, 2], [1, 0, 0, 1, 1, 1]);
  const args = ["run", at("minus.dcz"), "--input", at("three.npy"), "-o", at("products.npy")];
  expect(await call(args)).toMatchObject({ code: 0, error: "" });
  expect(await readArray(at("products.npy"))).toEqual({ shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 4, 6) });
  await call(["restore", at("minus.dcz"), "-o", at("minus.again.onnx")]);
  expect(new Uint8Array(await readFile(at("minus.again.onnx")))).toEqual(file);
});
