import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { sessionExecutor } from "@deep-compression/inference";
import { floatTensor, floatValues, type Network } from "@deep-compression/network";
import { calibrateNetwork } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import type { OnnxRuntime } from "../src/onnxruntime";
import { onnxRuntimeExecutor } from "../src/onnxruntime-executor";

// `npm run bench:peers` installs it there; DEEP_COMPRESSION_PEERS names another folder with a node_modules.
const peers = process.env.DEEP_COMPRESSION_PEERS ?? resolve(import.meta.dirname, "../../benchmarks/peers");
const installed = existsSync(resolve(peers, "node_modules/onnxruntime-node/package.json"));
const reason = installed ? "" : " (skipped: onnxruntime-node is not installed; npm run bench:peers does it)";

function randomValues(length: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => random() - 0.5);
}

const network: Network = {
  graph: {
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", 2, 8, 8] }],
    outputs: [{ name: "y" }],
    nodes: [
      { op: "Conv", inputs: ["x", "w1", "b1"], outputs: ["c"], attributes: { pads: [1, 1, 1, 1] } },
      { op: "Relu", inputs: ["c"], outputs: ["r"], attributes: {} },
      { op: "Flatten", inputs: ["r"], outputs: ["f"], attributes: {} },
      { op: "Gemm", inputs: ["f", "w2", "b2"], outputs: ["y"], attributes: { transB: 1 } },
    ],
  },
  tensors: [
    floatTensor("w1", [4, 2, 3, 3], randomValues(72, 1)),
    floatTensor("b1", [4], randomValues(4, 2)),
    floatTensor("w2", [5, 256], randomValues(1280, 3)),
    floatTensor("b2", [5], randomValues(5, 4)),
  ],
};
const batches = [5, 6, 7].map(
  (seed) => new Map([["x", floatTensor("x", [40, 2, 8, 8], randomValues(40 * 128, seed))]]),
);

test.skipIf(!installed)(`onnxruntime and our session calibrate a network alike${reason}`, async () => {
  const runtime: OnnxRuntime = createRequire(resolve(peers, "package.json"))("onnxruntime-node");
  const [theirs, ours] = await Promise.all(
    [onnxRuntimeExecutor(runtime), sessionExecutor()].map((executor) =>
      calibrateNetwork(network, batches, { executor, lambda: 1e-5, samples: 500 }),
    ),
  );
  expect(theirs!.layers.map(({ tensor, method, bias }) => [tensor, method, bias])).toEqual(
    ours!.layers.map(({ tensor, method, bias }) => [tensor, method, bias]),
  );
  const [y, z] = [theirs!, ours!].map(({ outputs }) => floatValues(outputs.compressed[0]!.get("y")!));
  const scale = Math.max(...z!.map(Math.abs));
  // Sums in another order may tip a weight to the next value.
  for (const [i, value] of y!.entries()) expect(Math.abs(value - z![i]!)).toBeLessThan(0.05 * scale);
  for (const [i, layer] of theirs!.layers.entries()) expect(layer.bits / ours!.layers[i]!.bits).toBeCloseTo(1, 1);
});

test.skipIf(!installed)(`what onnxruntime cannot run is told in its words${reason}`, async () => {
  const runtime: OnnxRuntime = createRequire(resolve(peers, "package.json"))("onnxruntime-node");
  const graph = { ...network.graph!, nodes: network.graph!.nodes.map((node) => ({ ...node, op: `${node.op}2` })) };
  const options = { executor: onnxRuntimeExecutor(runtime), lambda: 1e-5 };
  await expect(calibrateNetwork({ ...network, graph }, batches, options)).rejects.toThrow(
    /^a part of the network does not run in onnxruntime-node: .*Conv2/,
  );
});
