import assert from "node:assert/strict";
import { sessionExecutor } from "@deep-compression/inference";
import { floatTensor, type Graph } from "@deep-compression/network";
import { calibrateNetwork } from "@deep-compression/network-calibration";

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(step * i * i));
const graph: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: ["N", 32] }],
  outputs: [{ name: "y" }],
  nodes: [
    { op: "Gemm", inputs: ["x", "w1", "b1"], outputs: ["h"], attributes: { transB: 1 } },
    { op: "Relu", inputs: ["h"], outputs: ["r"], attributes: {} },
    { op: "Gemm", inputs: ["r", "w2", "b2"], outputs: ["y"], attributes: { transB: 1 } },
  ],
};
const tensors = [
  floatTensor("w1", [16, 32], wave(16 * 32, 0.3)),
  floatTensor("b1", [16], wave(16, 0.1)),
  floatTensor("w2", [10, 16], wave(10 * 16, 0.7)),
  floatTensor("b2", [10], wave(10, 0.2)),
];
// 400 inputs, in batches; a few hundred real ones are enough.
const batches = [1, 2, 3, 4, 5, 6, 7, 8].map((b) => new Map([["x", floatTensor("x", [50, 32], wave(50 * 32, b))]]));

const options = { executor: sessionExecutor(), lambda: 1e-4 };
const calibrated = await calibrateNetwork({ graph, tensors }, batches, options);
assert.deepEqual([...calibrated.tensors.keys()].sort(), ["b1", "b2", "w1", "w2"]); // as they are to be stored
for (const { bits, elements, error = 0 } of calibrated.layers) assert(bits < 8 * elements && error < 0.1);
