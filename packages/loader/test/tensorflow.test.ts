import { bytesSource } from "@deep-compression/bits";
import { tensorflowHandler } from "@deep-compression/loader/tensorflow";
import { open } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { compressed, network, onnx, tensorflowFiles } from "./adapted-models";

const opened = async (files: Readonly<Record<string, Uint8Array>>) => open(bytesSource(await compressed(files)));

test("tensorflowHandler gives topology, specifications and all weights in one buffer", async () => {
  const { weightData, ...rest } = await tensorflowHandler(await opened(tensorflowFiles())).load();
  expect(rest).toMatchObject({
    format: "layers-model",
    generatedBy: "2.0",
    modelTopology: { class_name: "Sequential" },
  });
  expect(rest.weightSpecs).toEqual([
    { name: "d/kernel", shape: [64, 300], dtype: "float32" },
    { name: "d/bias", shape: [300], dtype: "float32" },
  ]);
  expect(rest).not.toHaveProperty("weightsManifest");
  expect(new Uint8Array(weightData)).toEqual(new Uint8Array(Buffer.concat(network.tensors.map(({ bytes }) => bytes))));
});

test("tensorflowHandler refuses models of other formats", async () => {
  const file = await opened({ "model.onnx": onnx });
  expect(() => tensorflowHandler(file)).toThrow("file: expected one made of a TensorFlow.js model, got one of onnx");
});

test("tensorflowHandler refuses weights without a model", async () => {
  const { "model.json": json, ...shards } = tensorflowFiles();
  const { weightsManifest } = JSON.parse(new TextDecoder().decode(json));
  const manifest = new TextEncoder().encode(JSON.stringify(weightsManifest));
  const handler = tensorflowHandler(await opened({ "weights_manifest.json": manifest, ...shards }));
  await expect(handler.load()).rejects.toThrow("file: expected a whole model, got weights alone");
});
