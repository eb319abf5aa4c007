import { inferShapes, lenet5 } from "@deep-compression/network";
import { decodeGraph, encodeGraph } from "@deep-compression/network/graph-encoding";
import { expect, test } from "vitest";

test("the example of the README prints what it says", () => {
  const shapes = inferShapes(lenet5.graph, lenet5.parameters);
  expect(shapes.get("output")).toEqual(["N", 10]);
  const tensorNames = lenet5.parameters.map((parameter) => parameter.name);
  const bytes = encodeGraph(lenet5.graph, { tensorNames });
  expect(bytes.length).toBe(75);
  expect(decodeGraph(bytes, { tensorNames }).nodes.length).toBe(8);
});
