import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { splitOnnx, writeNpy, writeOnnx } from "@deep-compression/model-io";
import { type ElementType, floatTensor, type Graph, type Network } from "@deep-compression/network";
import { describe, expect, it, test } from "vitest";
import { castTensor, elementArray } from "../src/cast-tensor";
import { runsOf } from "../src/compare-inputs";
import { addDifference, differenceOf, NO_DIFFERENCE } from "../src/output-difference";
import { call, randomTensor, smallNetwork, temporaryFolder, writeArray, writeModelFile } from "./setting";

// `npm run bench:peers` installs it there; DEEP_COMPRESSION_PEERS names another folder with a node_modules.
const peers = process.env.DEEP_COMPRESSION_PEERS ?? resolve(import.meta.dirname, "../../benchmarks/peers");
const installed = existsSync(resolve(peers, "node_modules/onnxruntime-node/package.json"));
const reason = installed ? "" : " (skipped: onnxruntime-node is not installed; npm run bench:peers does it)";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

/** Runs the command where onnxruntime-node is installed: it is looked for in the current folder too. */
async function compare(...args: readonly string[]) {
  const before = process.cwd();
  process.chdir(peers);
  try {
    return await call(["compare", ...args]);
  } finally {
    process.chdir(before);
  }
}

const tensorOf = (type: ElementType, array: { readonly buffer: ArrayBufferLike; readonly length: number }) => ({
  name: "x",
  type,
  shape: [array.length],
  bytes: new Uint8Array(array.buffer),
});

/** y = a + 1 where `isOn`, else y = a, for a batch of exactly two; with an integer, a truth and a float input. */
function mixedNetwork(): Network {
  const graph: Graph = {
    opset: 13,
    inputs: [
      { name: "a", type: "int64", shape: [2, 3] },
      { name: "isOn", type: "bool", shape: [1] },
    ],
    outputs: [{ name: "y", type: "int64", shape: [2, 3] }],
    nodes: [
      { op: "Add", inputs: ["a", "one"], outputs: ["more"], attributes: {} },
      { op: "Where", inputs: ["isOn", "more", "a"], outputs: ["y"], attributes: {} },
    ],
  };
  return { graph, tensors: [{ ...tensorOf("int64", BigInt64Array.of(1n)), name: "one" }] };
}

describe("compare", () => {
  test.skipIf(!installed)(`says how far the outputs of a .dcz file are from those of its model${reason}`, async () => {
    await writeModelFile(at("a.onnx"), smallNetwork([1, 0, 2, 0, 2, 0.25]));
    await writeModelFile(at("b.onnx"), smallNetwork([1, 0, 2, 0, 2, 4.25]));
    await writeArray(at("x.npy"), [2, 3], [1, 1, 1, 3, 1, 0]);
    await call(["compress", at("b.onnx"), "-o", at("b.dcz"), "--sparsity", "0", "--bits", "8"]);
    // a: [3.5, 1.75], [3.5, 1.5]; b: [3.5, 5.75], [3.5, 1.5]
    const { code, out } = await compare(at("a.onnx"), at("b.dcz"), "--inputs", at("x.npy"), "--json");
    expect(code).toBe(0);
    const { runs, outputs } = JSON.parse(out);
    expect(runs).toBe(1);
    expect(outputs.y).toMatchObject({ shape: [2, 2], values: 4, largestDifference: 4, top1: { rows: 2, same: 1 } });
    expect(outputs.y.relativeError).toBeCloseTo(4 / Math.hypot(3.5, 1.75, 3.5, 1.5), 6);
    const { layers } = JSON.parse(out);
    expect(layers).toEqual([{ value: "y", op: "Gemm", relativeError: outputs.y.relativeError }]);
    const parted = await compare(at("a.onnx"), at("b.dcz"), "--inputs", at("x.npy"));
    expect(parted.out).toMatch(/off by more than 1 %: 1 of 1 layers, the first Gemm y [\d.]+ %/);
    const text = await compare(at("a.onnx"), at("a.onnx"), "--inputs", `x=${at("x.npy")}`);
    expect(text).toMatchObject({ code: 0, error: "" });
    expect(text.out).toMatch(/y {6}│ {3}2x2 │ {6}4 │ {12}0 % │ {18}0 │ 1\.000000 │ {5}100 % of 2/);
  });

  test.skipIf(!installed)(`takes a .dcz file of a model whose tensors have files of their own${reason}`, async () => {
    const values = ["x", "y"].map((name) => ({ name, type: "float32", shape: ["N", 24] }) as const);
    const node = { op: "MatMul", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
    const graph: Graph = { opset: 13, inputs: values.slice(0, 1), outputs: values.slice(1), nodes: [node] };
    const whole = writeOnnx({ graph, tensors: [randomTensor("w", [24, 24], 1)] });
    const { model, data } = await splitOnnx(bytesSource(whole), { dataName: "parts.data" });
    await writeFile(at("parts.onnx"), model);
    await writeFile(at("parts.data"), await data.slice(0));
    await writeArray(at("row.npy"), [1, 24], new Array(24).fill(1));
    expect(await call(["compress", at("parts.onnx"), "-o", at("parts.dcz")])).toMatchObject({ code: 0 });
    const { code, out } = await compare(at("parts.onnx"), at("parts.dcz"), "--inputs", at("row.npy"), "--json");
    expect(code).toBe(0);
    const { relativeError } = JSON.parse(out).outputs.y;
    expect(relativeError).toBeGreaterThan(0);
    expect(relativeError).toBeLessThan(0.01);
  });

  test.skipIf(!installed)(`casts arrays to what the model takes and cuts them into its batches${reason}`, async () => {
    await writeModelFile(at("mixed.onnx"), mixedNetwork());
    const a = Float64Array.from({ length: 18 }, (_, i) => i);
    await writeFile(at("a.npy"), writeNpy({ ...tensorOf("float64", a), shape: [6, 3] }));
    await writeFile(at("on.npy"), writeNpy(tensorOf("uint8", Uint8Array.of(1))));
    const args = ["--inputs", at("a.npy"), "--inputs", `isOn=${at("on.npy")}`];
    const { code, out, error } = await compare(at("mixed.onnx"), at("mixed.onnx"), ...args, "--json");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect(JSON.parse(out)).toMatchObject({ runs: 3, outputs: { y: { values: 18, top1: { rows: 6, same: 6 } } } });
    await writeFile(
      at("half.npy"),
      writeNpy({
        ...tensorOf(
          "float64",
          a.map((x) => x / 2),
        ),
        shape: [6, 3],
      }),
    );
    const half = await compare(at("mixed.onnx"), at("mixed.onnx"), "--inputs", at("half.npy"), ...args.slice(2));
    expect(half.code).toBe(1);
    expect(half.error).toContain('"a": float64 0.5 at index 1 is no int64; make the array as int64');
  });

  test.skipIf(!installed)(`names an input without an array, and one whose array does not fit${reason}`, async () => {
    await writeModelFile(at("mixed.onnx"), mixedNetwork());
    await writeArray(at("five.npy"), [5, 3], new Array(15).fill(0));
    const missing = await compare(at("mixed.onnx"), at("mixed.onnx"), "--inputs", at("five.npy"));
    expect(missing.error).toContain('input "a" (int64 [2,3]): got an array [5,3]');
    await writeArray(at("two.npy"), [2, 3], new Array(6).fill(0));
    const other = await compare(at("mixed.onnx"), at("mixed.onnx"), "--inputs", at("two.npy"));
    expect(other.error).toContain('input "isOn" (bool [1]) has no array; give it as --inputs isOn=x.npy');
  });

  it("without arrays says how to make one, and without onnxruntime how to install it", async () => {
    await writeModelFile(at("a.onnx"), smallNetwork());
    await writeArray(at("x.npy"), [1, 3], [1, 1, 1]);
    const bare = await call(["compare", at("a.onnx"), at("a.onnx")]);
    expect(bare.code).toBe(2);
    expect(bare.error).toContain('np.save("x.npy", array)');
    const without = await call(["compare", at("a.onnx"), at("a.onnx"), "--inputs", at("x.npy")]);
    expect(without.code).toBe(1);
    expect(without.error).toContain("ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node");
    expect(await call(["compare", at("a.bin"), at("a.onnx"), "--inputs", "x"])).toMatchObject({ code: 2 });
  });
});

describe("arrays become what a model takes", () => {
  const cast = (type: ElementType, array: Parameters<typeof tensorOf>[1], to: ElementType) => [
    ...elementArray(castTensor(tensorOf(type, array), to)),
  ];

  it("integers and truths exactly, floats to the nearest", () => {
    expect(cast("int64", BigInt64Array.of(-7n, 2n ** 31n - 1n), "int32")).toEqual([-7, 2 ** 31 - 1]);
    expect(cast("int32", Int32Array.of(-7), "int64")).toEqual([-7n]);
    expect(cast("uint8", Uint8Array.of(0, 1), "bool")).toEqual([0, 1]);
    expect(cast("float64", Float64Array.of(0.1, Number.NaN, -Infinity), "float32")).toEqual([
      Math.fround(0.1),
      Number.NaN,
      -Infinity,
    ]);
    expect(cast("float32", Float32Array.of(1, -2, 65504), "float16")).toEqual([0x3c00, 0xc000, 0x7bff]);
    expect(cast("float16", Uint16Array.of(0x3c00, 0x0001), "float64")).toEqual([1, 2 ** -24]);
  });

  it("and nothing else is changed in silence", () => {
    const refused: readonly [ElementType, Parameters<typeof tensorOf>[1], ElementType][] = [
      ["float32", Float32Array.of(0.5), "int64"],
      ["float32", Float32Array.of(Number.NaN), "int32"],
      ["float64", Float64Array.of(Infinity), "int64"],
      ["int32", Int32Array.of(-1), "uint8"],
      ["int64", BigInt64Array.of(-1n), "uint64"],
      ["int64", BigInt64Array.of(2n ** 53n + 1n), "float64"],
      ["int32", Int32Array.of(2 ** 24 + 1), "float32"],
      ["uint8", Uint8Array.of(2), "bool"],
      ["float64", Float64Array.of(1e39), "float32"],
      ["float32", Float32Array.of(65520), "float16"],
    ];
    for (const [type, array, to] of refused) expect(() => cast(type, array, to)).toThrow(`is no ${to}`);
    expect(() => cast("float32", Float32Array.of(1), "int4")).toThrow("expected bool, integers or floats");
  });

  it("arrays for different numbers of runs are refused", () => {
    const input = (name: string) => ({ name, isTensor: true, type: "float32", shape: [1, "N"] });
    const array = (items: number) => floatTensor("", [items, 2], new Float32Array(2 * items));
    const arrays = new Map([
      ["a", array(2)],
      ["b", array(3)],
    ]);
    expect(() => runsOf(arrays, [input("a"), input("b")])).toThrow(
      'input "a" has arrays for 2 runs, another one for 3',
    );
    expect(runsOf(new Map([...arrays, ["b", array(1)]]), [input("a"), input("b")])).toHaveLength(2);
  });
});

describe("the difference of two outputs", () => {
  const difference = (shape: readonly number[], a: readonly number[], b: readonly number[]) =>
    differenceOf(addDifference(NO_DIFFERENCE, { shape, values: a }, { shape, values: b }));

  it("is relative to the first, over all runs together", () => {
    const first = addDifference(NO_DIFFERENCE, { shape: [1], values: [3] }, { shape: [1], values: [0] });
    const both = addDifference(first, { shape: [1], values: [4] }, { shape: [1], values: [4] });
    expect(differenceOf(both)).toEqual({
      shape: [1],
      values: 2,
      relativeError: 3 / 5,
      largestDifference: 3,
      cosine: 16 / (5 * 4),
    });
  });

  it("counts rows of scores whose largest is the same, the first of equal ones", () => {
    const { top1 } = difference([3, 2], [1, 2, 5, 5, 0, 1], [1, 3, 5, 4, 1, 0]);
    expect(top1).toEqual({ rows: 3, same: 2 });
    expect(difference([3, 1], [1, 2, 3], [3, 2, 1]).top1).toBeUndefined();
    expect(difference([3], [1, 2, 3], [3, 2, 1]).top1).toBeUndefined();
  });

  it("of equal outputs is none, infinities included; a NaN in one of them shows", () => {
    expect(difference([2], [Infinity, -Infinity], [Infinity, -Infinity]).relativeError).toBe(0);
    expect(difference([2], [0, 0], [0, 0])).toMatchObject({ relativeError: 0, cosine: 1 });
    expect(difference([2], [0, 0], [1, 0])).toMatchObject({ relativeError: Infinity, cosine: 0 });
    expect(difference([2], [1, 2], [1, Number.NaN])).toMatchObject({
      relativeError: Number.NaN,
      largestDifference: Number.NaN,
    });
  });

  it("of outputs of different shapes is refused", () => {
    const sides = [
      { shape: [2], values: [1, 2] },
      { shape: [1, 2], values: [1, 2] },
    ] as const;
    expect(() => addDifference(NO_DIFFERENCE, sides[0], sides[1])).toThrow("got [2] and [1,2]");
  });
});
