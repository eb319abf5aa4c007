// A model in memory becomes a .dcz file, and is run from it as it is stored: no weight matrix is built again.
import assert from "node:assert/strict";
import { bytesSource } from "@deep-compression/bits";
import { denseWeights, floatData, prepare } from "@deep-compression/inference";
import { lenet300100 } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { initialize } from "@deep-compression/training";

// Weights as they are before training; readModel of @deep-compression/model-io reads trained ones from ONNX or safetensors.
const network = initialize(lenet300100, { random: seededRandom(1) });

// Of each weight matrix a tenth stays, as 31 shared values; biases are kept as they are.
const { bytes, ledger } = compress(network, {
  default: { share: "exact" },
  tensors: { "*.weight": { sparsity: 0.9, share: { size: 31 } } },
});
for (const { tensor, form, bytes } of ledger.rows) {
  const sum = Object.values(bytes).reduce((total, part) => total + part, 0);
  console.log(`${tensor}: stored as ${form}, ${sum} bytes`);
}

// Run from the file. A file may come from anywhere: bytesSource has it in memory.
const input = { input: { shape: [1, 784], data: Float32Array.from({ length: 784 }, (_, i) => (i % 28) / 28) } };
const file = await open(bytesSource(bytes));
const { graph } = file;
assert.ok(graph);
const output = floatData(prepare({ graph }, await file.weights()).run(input).output);

// The same network with its weights as dense matrices says the same.
const dense = await file.network();
const expected = floatData(prepare({ graph }, denseWeights(dense)).run(input).output);
for (const [i, value] of output.entries()) assert.ok(Math.abs(value - expected[i]) < 1e-5);
console.log(
  `${bytes.length} bytes; outputs ${Array.from(output.slice(0, 3), (value) => value.toFixed(3)).join(", ")}, ...`,
);
