import { attachArchitecture, findArchitecture, readModel, writeModel } from "@deep-compression/model-io";
import { floatTensor, lenet300100 } from "@deep-compression/network";
import { expect, test } from "vitest";

test("the example of the README prints what it says", () => {
  const tensors = lenet300100.parameters.map(({ name, shape }) =>
    floatTensor(name, shape, new Float32Array(shape.reduce((product, size) => product * size))),
  );
  const file = writeModel({ graph: undefined, tensors }, { name: "lenet.safetensors" });
  const weights = readModel(file, { name: "lenet.safetensors" });
  const network = attachArchitecture(weights, findArchitecture(weights) ?? lenet300100);
  expect(readModel(writeModel(network, { name: "lenet.onnx" })).graph?.nodes.length).toBe(5);
});
