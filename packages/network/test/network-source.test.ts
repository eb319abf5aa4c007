import {
  assertOutline,
  checkMetadata,
  checkReads,
  type Graph,
  type NetworkOutline,
  type NetworkSource,
} from "@deep-compression/network";
import { expect, test } from "vitest";

const w = { name: "w", type: "float32" as const, shape: [2, 3] };
const attempt =
  (outline: unknown, maxBytes = 24) =>
  () =>
    assertOutline(outline as NetworkOutline, { maxBytes });

test("the outline of a network is checked before a tensor is read", () => {
  expect(attempt({ tensors: [w], metadata: { a: "b" } })).not.toThrow();
  expect(attempt(undefined)).toThrow(new TypeError("network: expected an object, got undefined"));
  expect(attempt({})).toThrow(new TypeError("network.tensors: expected an array, got undefined"));
  expect(attempt({ tensors: [] })).not.toThrow(); // models without weights are kept too
  expect(attempt({ tensors: [w, w] })).toThrow(new RangeError('two tensors are named "w"'));
  expect(attempt({ tensors: [{ ...w, shape: undefined }] })).toThrow(
    new TypeError('tensor "w": shape: expected an array, got undefined'),
  );
  expect(attempt({ tensors: [w] }, 23)).toThrow(
    new RangeError('tensor "w": expected at most the 23 bytes of an array, got 24'),
  );
});

test("a graph that does not fit the tensors is refused, one that does is not", () => {
  const value = (name: string) => ({ name, type: "float32" as const, shape: ["N", 3] });
  const node = { op: "Add", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  const graph: Graph = { opset: 13, inputs: [value("x")], outputs: [value("y")], nodes: [node] };
  expect(attempt({ graph, tensors: [w] })).not.toThrow();
  expect(attempt({ graph, tensors: [{ ...w, name: "v" }] })).toThrow(/w/);
});

test("metadata are texts by name", () => {
  expect(() => checkMetadata("where", { a: "b" })).not.toThrow();
  const number: Readonly<Record<string, unknown>> = { a: 5 };
  expect(() => checkMetadata("where", number as Record<string, string>)).toThrow(
    new TypeError('where["a"]: expected a string, got 5'),
  );
  expect(() => checkMetadata("where", { "\ud800": "b" })).toThrow(
    new RangeError("a key of where: expected well-formed Unicode, got a lone surrogate"),
  );
});

test("a source whose tensors cannot be read is refused", () => {
  const source = (read: unknown) => ({ tensors: [{ ...w, read }] }) as NetworkSource;
  expect(() => checkReads(source(() => new Uint8Array(24)))).not.toThrow();
  expect(() => checkReads(source(undefined))).toThrow(
    new TypeError('tensor "w": read: expected a function, got undefined'),
  );
});
