import { bytesSource, concatenated } from "@deep-compression/bits";
import { openModel, readOnnx, replaceTensors, writeOnnx, writeOnnxWithData } from "@deep-compression/model-io";
import { floatTensor, type Graph } from "@deep-compression/network";
import { expect, test } from "vitest";

const graph: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: ["N", 300] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
  nodes: [
    { op: "MatMul", inputs: ["x", "w"], outputs: ["h"], attributes: {} },
    { op: "Add", inputs: ["h", "b"], outputs: ["y"], attributes: {} },
  ],
};
const weight = (step: number) =>
  floatTensor(
    "w",
    [300, 2],
    Float32Array.from({ length: 600 }, (_, i) => step * i),
  );
const bias = (...values: readonly [number, number]) => floatTensor("b", [2], Float32Array.from(values));
const model = { graph, tensors: [weight(1), bias(1, 2)] };

const bytesOf = async (files: Awaited<ReturnType<typeof openModel>>["files"], index: number) =>
  files[index]!.source.slice(0, files[index]!.source.byteLength);

test("a model with other elements has them in its network and in its file, and all else as it was", async () => {
  const opened = await openModel(bytesSource(writeOnnx(model)), { name: "a.onnx" });
  const changed = replaceTensors(opened, new Map([["b", bias(5, -1).bytes]]));
  expect(await bytesOf(changed.files, 0)).toEqual(writeOnnx({ ...model, tensors: [weight(1), bias(5, -1)] }));
  expect(await changed.network.tensors[1]!.read()).toEqual(bias(5, -1).bytes);
  expect(await changed.network.tensors[0]!.read()).toEqual(weight(1).bytes);
  expect(changed.holes).toEqual(opened.holes);
  expect(readOnnx(await bytesOf(opened.files, 0)).tensors[1]!.bytes).toEqual(bias(1, 2).bytes);
});

test("any slice of the file has the part of the new elements that stands there", async () => {
  const opened = await openModel(bytesSource(writeOnnx(model)), { name: "a.onnx" });
  const elements = new Map([
    ["w", weight(2).bytes],
    ["b", bias(3, 4).bytes],
  ]);
  const { source } = replaceTensors(opened, elements).files[0]!;
  const whole = await source.slice(0, source.byteLength);
  for (let start = 0; start < source.byteLength; start += 97) {
    const end = Math.min(source.byteLength, start + 131);
    expect(await source.slice(start, end)).toEqual(whole.subarray(start, end));
  }
});

test("elements in a file of their own are replaced there", async () => {
  const source = { graph, tensors: model.tensors.map((tensor) => ({ ...tensor, read: () => tensor.bytes })) };
  const { model: main, data } = await writeOnnxWithData(source, { dataName: "a.data" });
  const parts: Uint8Array[] = [];
  for await (const part of data) parts.push(part);
  const folder = async (name: string) => (name === "a.data" ? bytesSource(concatenated(parts)) : undefined);
  const opened = await openModel(bytesSource(main), { name: "a.onnx", folder });
  const changed = replaceTensors(opened, new Map([["w", weight(3).bytes]]));
  expect(await bytesOf(changed.files, 0)).toEqual(main);
  expect(await bytesOf(changed.files, 1)).toEqual(weight(3).bytes);
});

test("a name that no tensor has, and bytes that are not as many, are refused", async () => {
  const opened = await openModel(bytesSource(writeOnnx(model)), { name: "a.onnx" });
  expect(() => replaceTensors(opened, new Map([["v", bias(1, 2).bytes]]))).toThrow(
    new RangeError('tensor "v": the model has no tensor of this name'),
  );
  expect(() => replaceTensors(opened, new Map([["b", new Uint8Array(4)]]))).toThrow(
    new RangeError('tensor "b": expected 8 bytes, got 4'),
  );
});
