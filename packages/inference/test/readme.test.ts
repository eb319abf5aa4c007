import { prepare } from "@deep-compression/inference";
import { expect, it } from "vitest";

it("the README's example gives what it says", () => {
  const input = { name: "x", type: "float32", shape: ["N", 3] } as const;
  const output = { name: "y", type: "float32", shape: ["N", 2] } as const;
  const gemm = { op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes: { transB: 1 } };
  const codes = Uint8Array.of(1, 0, 2, 0, 2, 0);
  const stored = { form: "dense", codes, centroids: Float32Array.of(0, 0.5, 2) } as const;
  const graph = { opset: 13, inputs: [input], outputs: [output], nodes: [gemm] };
  const session = prepare({ graph }, { weight: () => ({ shape: [2, 3], stored }) });
  const { y } = session.run({ x: { shape: [1, 3], data: Float32Array.of(1, 10, 100) } });
  expect(y).toEqual({ type: "float32", shape: [1, 2], data: Float32Array.of(200.5, 20) });
});
