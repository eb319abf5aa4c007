// The entry of those who only read gives what the main entry gives, of the formats that it is given.
import { bytesSource, FormatError } from "@deep-compression/bits";
import { openModel, openOnnx, writeModel } from "@deep-compression/model-io";
import { floatTensor, type Network } from "@deep-compression/network";
import { compress, compressModel, defaultPlan, type OpenedFile, open } from "@deep-compression/pipeline";
import { openWith, type ReadableFile } from "@deep-compression/pipeline/read";
import { expect, test } from "vitest";

const values = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9);
const network: Network = {
  graph: {
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", 30] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", 40] }],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"], attributes: {} }],
  },
  metadata: { author: "we" },
  tensors: [floatTensor("w", [30, 40], values)],
};

/** A file of the model that the network is in a format. */
async function fileOf(name: string): Promise<Uint8Array> {
  const model = await openModel(bytesSource(writeModel(network, { name })), { name });
  return (await compressModel(model, defaultPlan(model.network))).bytes;
}

/** All that a file gives. */
async function contents(file: ReadableFile | OpenedFile) {
  const { graph, metadata, format, byteLength } = file;
  const files = await Promise.all(file.files.map(async ({ name, source }) => [name, await source.slice(0)]));
  const { names, weight } = await file.weights();
  const weights = names.map((name) => [name, weight(name)]);
  const one = await file.tensor("w");
  return { graph, metadata, format, byteLength, files, weights, one, network: await file.network() };
}

test("a file of a network, or of an ONNX model, reads as the main entry reads it", async () => {
  const plan = { default: { sparsity: 0.9, share: { size: 16 } } } as const;
  for (const bytes of [compress(network, plan).bytes, await fileOf("model.onnx")]) {
    const read = await openWith(bytesSource(bytes), { formats: { onnx: openOnnx } });
    expect(await contents(read)).toEqual(await contents(await open(bytesSource(bytes))));
    expect(read.graph?.nodes).toHaveLength(1);
    expect(read).not.toHaveProperty("ledger");
  }
});

test("of a model of another format it gives the tensors and the files, and says why there is no graph", async () => {
  for (const [name, format] of [
    ["model.onnx", "onnx"],
    ["model.safetensors", "safetensors"],
  ] as const) {
    const bytes = await fileOf(name);
    const [read, whole] = [await openWith(bytesSource(bytes)), await open(bytesSource(bytes))];
    const told = `a model of the format ${format}, which is not among the options.formats`;
    expect(read).toMatchObject({ graph: undefined, graphProblem: told, format });
    expect(await read.tensor("w")).toEqual(await whole.tensor("w"));
    expect(await read.files[0]!.source.slice(0)).toEqual(await whole.files[0]!.source.slice(0));
  }
});

test("damaged files and wrong options are refused", async () => {
  const bytes = await fileOf("model.onnx");
  await expect(openWith(bytesSource(bytes.subarray(0, 40)))).rejects.toBeInstanceOf(FormatError);
  await expect(openWith(bytesSource(bytes), { freeElements: -1 })).rejects.toThrow(/freeElements/);
  await expect(openWith(undefined as never)).rejects.toBeInstanceOf(TypeError);
});
