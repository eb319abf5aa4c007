import { bytesSource } from "@deep-compression/bits";
import { denseWeights, prepare } from "@deep-compression/inference";
import { load } from "@deep-compression/loader";
import { toOnnx } from "@deep-compression/loader/onnx";
import { openOnnx, readOnnx } from "@deep-compression/model-io";
import { compress, defaultPlan, open } from "@deep-compression/pipeline";
import { describe, expect, test } from "vitest";
import {
  compressed,
  INPUTS,
  network,
  onnx,
  onnxWithData,
  openFiles,
  outputsOfOnes,
  tensorflowFiles,
} from "./adapted-models";

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

/** The tensors of an ONNX model, by name. */
async function tensorsOf(model: Uint8Array, files: Readonly<Record<string, Uint8Array>> = {}) {
  const opened = await openFiles({ "model.onnx": model, ...files });
  return Promise.all(
    opened.network.tensors.map(async ({ name, shape, read }) => ({ name, shape, bytes: await read() })),
  );
}

const tensors = network.tensors.map(({ name, shape, bytes }) => ({ name, shape, bytes }));

describe("toOnnx", () => {
  test("gives the model's own file, bit for bit", async () => {
    const { model, externalData } = await toOnnx(await open(bytesSource(await compressed({ "model.onnx": onnx }))));
    expect(await bytesOf(model)).toEqual(onnx);
    expect(externalData).toEqual([]);
  });

  test("gives the files of a model that has its weights in another one", async () => {
    const { model, data } = await onnxWithData();
    const file = await load(new Blob([await compressed({ "model.onnx": model, "model.onnx_data": data })]), {
      threads: 0,
    });
    for (const externalData of [false, true]) {
      const blobs = await toOnnx(file, { externalData });
      expect(await bytesOf(blobs.model)).toEqual(model);
      expect(blobs.externalData.map(({ path }) => path)).toEqual(["model.onnx_data"]);
      expect(await bytesOf(blobs.externalData[0]!.data)).toEqual(data);
    }
  });

  test("puts large tensors into a file of their own where it is asked to", async () => {
    const file = await open(bytesSource(await compressed({ "model.onnx": onnx })));
    const { model, externalData } = await toOnnx(file, { externalData: true });
    expect(model.size).toBeLessThan(2000);
    expect(externalData.map(({ path, data }) => [path, data.size])).toEqual([["model.onnx_data", 4 * 65 * 300]]);
    const data = await bytesOf(externalData[0]!.data);
    expect(await tensorsOf(await bytesOf(model), { "model.onnx_data": data })).toEqual(tensors);
  });

  test("writes a network that was made in code", async () => {
    const outline = { graph: network.graph, tensors: network.tensors };
    const { bytes } = compress(network, defaultPlan(outline, { lossless: true, effort: "fast" }));
    const { model } = await toOnnx(await open(bytesSource(bytes)));
    const written = await openOnnx(bytesSource(await bytesOf(model)));
    expect(written.network.graph?.nodes).toEqual(network.graph?.nodes);
    expect(await tensorsOf(await bytesOf(model))).toEqual(tensors);
  });

  test("translates a model of TensorFlow.js", async () => {
    const { model } = await toOnnx(await open(bytesSource(await compressed(tensorflowFiles()))));
    const { graph, tensors: written } = readOnnx(await bytesOf(model));
    const session = prepare({ graph: graph! }, denseWeights({ graph: graph!, tensors: written }));
    const [input] = graph!.inputs;
    const outputs = session.run({ [input!.name]: { shape: [1, INPUTS], data: new Float32Array(INPUTS).fill(1) } });
    const [found] = Object.values(outputs);
    for (const [i, wanted] of outputsOfOnes().entries()) expect(found!.data[i]).toBeCloseTo(wanted, 3);
  });

  test("refuses a model of another format that has no graph", async () => {
    const { "model.json": json, ...shards } = tensorflowFiles();
    const { modelTopology: _, ...bare } = JSON.parse(new TextDecoder().decode(json));
    const files = { "model.json": new TextEncoder().encode(JSON.stringify(bare)), ...shards };
    const file = await open(bytesSource(await compressed(files)));
    await expect(toOnnx(file)).rejects.toThrow(
      "file: expected one made of an ONNX model, or with a graph; this one is of a model in the format tensorflow.js",
    );
  });
});
