import { denseWeights, type Operator, type OperatorTable, prepareWith } from "@deep-compression/inference";
import * as operators from "@deep-compression/inference/operators";
import { expect, test } from "vitest";

/** The names of the loops of a session that has some operators. */
function loopsWith(table: OperatorTable): readonly string[] {
  let loops: readonly string[] = [];
  const Look: Operator = () => ({
    run([x], { kernels }) {
      loops = Object.keys(kernels).sort();
      return [x];
    },
  });
  const node = { op: "Look", inputs: ["x"], outputs: ["y"], attributes: {} };
  const graph = { opset: 17, inputs: [{ name: "x" }], outputs: [{ name: "y" }], nodes: [node] };
  const session = prepareWith({ graph }, denseWeights({ graph, tensors: [] }), { operators: { ...table, Look } });
  session.run({ x: { shape: [1], data: Float32Array.of(1) } });
  return loops;
}

test("a session has the loops of its operators and no others", () => {
  expect(loopsWith({ Flatten: operators.Flatten })).toEqual([]);
  expect(loopsWith({ MaxPool: operators.MaxPool })).toEqual(["poolMaxima"]);
  const of = loopsWith({ Relu: operators.Relu, MaxPool: operators.MaxPool });
  expect(of).toEqual(["copyPlanes", "finishRows", "poolMaxima", "windowColumns"]);
});

test("all operators together have each loop once", () => {
  const all = loopsWith({ ...operators });
  expect(all).toEqual([...new Set(Object.values(operators).flatMap((Own) => loopsWith({ Own })))].sort());
  expect(all).toContain("gemm");
});
