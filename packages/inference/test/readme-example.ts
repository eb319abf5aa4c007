import assert from "node:assert/strict";
import { OPERATORS, type Operator, prepare, prepareWith } from "@deep-compression/inference";
import { Gemm } from "@deep-compression/inference/operators";

const input = { name: "x", type: "float32", shape: ["N", 3] } as const;
const output = { name: "y", type: "float32", shape: ["N", 2] } as const;
const gemm = { op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes: { transB: 1 } };
const codes = Uint8Array.of(1, 0, 2, 0, 2, 0); // [2, 3] indices into the codebook
const stored = { form: "dense", codes, centroids: Float32Array.of(0, 0.5, 2) } as const;
const graph = { opset: 13, inputs: [input], outputs: [output], nodes: [gemm] };
const weights = { weight: () => ({ shape: [2, 3], stored }) };

const session = prepare({ graph }, weights);
const { y } = session.run({ x: { shape: [1, 3], data: Float32Array.of(1, 10, 100) } });
assert.deepEqual(y, { type: "float32", shape: [1, 2], data: Float32Array.of(200.5, 20) });

// Only the operators of this network: a bundler leaves the others out.
prepareWith({ graph }, weights, { operators: { Gemm } });

// An operator of your own: prepared once, run as often as the session is.
const Twice: Operator = () => ({
  run([x], context) {
    const twice = context.output(x!.type, x!.shape); // first the room, then the elements
    (twice.data as Float32Array).set((x!.data as Float32Array).map((value) => 2 * value));
    return [twice];
  },
});
const nodes = [gemm, { op: "Twice", inputs: ["y"], outputs: ["z"], attributes: {} }];
const own = prepare({ graph: { ...graph, nodes } }, weights, { operators: { ...OPERATORS, Twice }, outputs: ["z"] });
assert.deepEqual([...own.run({ x: { shape: [1, 3], data: Float32Array.of(1, 10, 100) } }).z!.data], [401, 40]);
