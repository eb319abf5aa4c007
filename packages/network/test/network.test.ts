import { elementCount } from "@deep-compression/bits";
import {
  assertNetwork,
  assertTensor,
  ELEMENT_TYPES,
  elementBytes,
  elementTypeOfCode,
  floatTensor,
  floatValues,
  type Graph,
  type Network,
  subgraphsOf,
  valuesRead,
} from "@deep-compression/network";
import { encodeGraph } from "@deep-compression/network/graph-encoding";
import { expect, test } from "vitest";

const weight = floatTensor("w", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
const graph: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 2] }],
  nodes: [{ op: "Gemm", inputs: ["x", "w"], outputs: ["y"], attributes: { transB: 1 } }],
};
const network: Network = { graph, tensors: [weight] };

test("floats are read from a tensor as they were given, also from bytes that are not aligned", () => {
  expect(floatValues(weight)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  const shifted = new Uint8Array(25);
  shifted.set(weight.bytes, 1);
  expect(floatValues({ ...weight, bytes: shifted.subarray(1) })).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  const buffer = Buffer.from(shifted.buffer, 1, 24);
  expect(floatValues({ ...weight, bytes: buffer })).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
});

test("a tensor whose bytes do not fill its shape is refused by name", () => {
  expect(() => floatTensor("w", [2, 2], new Float32Array(5))).toThrow(
    new RangeError('tensor "w": float32 [2,2] expected 16 bytes, got 20'),
  );
  expect(() => assertTensor({ ...weight, shape: [2, -3] })).toThrow(/expected whole sizes of at least 0, got -3/);
  expect(() => assertTensor({ ...weight, shape: [2 ** 40, 2 ** 40] })).toThrow(/too many elements/);
  expect(() => floatValues({ name: "i", type: "int8", shape: [1], bytes: new Uint8Array(1) })).toThrow(
    new TypeError('tensor "i": expected float32, got int8'),
  );
});

test("what is no tensor is refused by name, also bytes that are no Uint8Array", () => {
  const attempt = (changes: object) => () => assertTensor({ ...weight, ...changes });
  expect(attempt({ name: undefined })).toThrow(new TypeError("tensor: name: expected a string, got undefined"));
  expect(attempt({ shape: undefined })).toThrow(new TypeError('tensor "w": shape: expected an array, got undefined'));
  expect(attempt({ shape: ["2", 3] })).toThrow(/expected whole sizes of at least 0, got "2"/);
  const buffer = new ArrayBuffer(24);
  expect(attempt({ bytes: buffer })).toThrow(
    new TypeError('tensor "w": bytes: expected a Uint8Array, got ArrayBuffer'),
  );
  expect(attempt({ bytes: undefined })).toThrow(
    new TypeError('tensor "w": bytes: expected a Uint8Array, got undefined'),
  );
  expect(() => assertTensor(JSON.parse("null"))).toThrow(new TypeError("tensor: expected an object, got null"));
});

test("a shape with a 0 has no elements, however large its other sizes multiply", () => {
  const shape = [...new Array(21).fill(Number.MAX_SAFE_INTEGER), 0];
  expect(elementCount(shape)).toBe(0);
  assertTensor({ name: "none", type: "float32", shape, bytes: new Uint8Array(0) });
});

test("types of four bits are packed two a byte, the last byte half used", () => {
  expect(elementBytes("int4", 5)).toBe(3);
  expect(elementBytes("float4e2m1", 4)).toBe(2);
  expect(elementBytes("complex128", 2)).toBe(32);
  expect(elementBytes("float32", 0)).toBe(0);
});

test("element types and their ONNX codes are one to one", () => {
  for (const [type, { code }] of Object.entries(ELEMENT_TYPES)) expect(elementTypeOfCode(code)).toBe(type);
  expect(elementTypeOfCode(0)).toBeUndefined();
  expect(elementTypeOfCode(8)).toBeUndefined();
});

test("a whole network is accepted, with a graph or without", () => {
  assertNetwork(network);
  assertNetwork({ graph: undefined, tensors: [weight] });
});

test("what is wrong with a network is named", () => {
  const withGraph = (changes: Partial<Graph>) => () => assertNetwork({ ...network, graph: { ...graph, ...changes } });
  expect(() => assertNetwork(JSON.parse("null"))).toThrow(new TypeError("network: expected an object, got null"));
  expect(() => assertNetwork(JSON.parse("{}"))).toThrow(
    new TypeError("network.tensors: expected an array, got undefined"),
  );
  expect(() => assertNetwork({ ...network, tensors: [weight, weight] })).toThrow(/two tensors are named "w"/);
  expect(() => assertNetwork({ ...network, tensors: [] })).toThrow(/Gemm node "y": input "w" is no tensor/);
  expect(withGraph({ nodes: [] })).toThrow(/graph output "y" is made by no node/);
  expect(withGraph({ nodes: [...graph.nodes, ...graph.nodes] })).toThrow(/output "y" has the name of another value/);
  expect(withGraph({ inputs: [{ name: "w", type: "float32", shape: [1] }] })).toThrow(/graph input "w"/);
});

test("what is no graph is refused by the name of the member, by the check of a network and by the encoding", () => {
  const node = { op: "Relu", inputs: ["x"], outputs: ["z"], attributes: {} };
  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, "graph.opset: expected an integer in 0..9007199254740991, got undefined"],
    [5, "graph: expected an object, got 5"],
    [{ ...graph, opset: 1.5 }, "graph.opset: expected an integer in 0..9007199254740991, got 1.5"],
    [{ ...graph, name: 3 }, "graph.name: expected a string, got 3"],
    [{ ...graph, nodes: undefined }, "graph.nodes: expected an array, got undefined"],
    [{ ...graph, outputs: "y" }, 'graph.outputs: expected an array, got "y"'],
    [{ ...graph, inputs: [{}] }, "graph.inputs[0].name: expected a string, got undefined"],
    [{ ...graph, inputs: [{ ...graph.inputs[0], type: "f32" }] }, "graph.inputs[0].type: expected an element type"],
    [{ ...graph, inputs: [{ ...graph.inputs[0], shape: ["N", -1] }] }, "graph.inputs[0].shape[1]: expected an integer"],
    [{ ...graph, nodes: [...graph.nodes, null] }, "graph.nodes[1]: expected an object, got null"],
    [{ ...graph, nodes: [{ ...node, op: undefined }] }, "graph.nodes[0].op: expected a string, got undefined"],
    [{ ...graph, nodes: [{ ...node, inputs: ["x", 1] }] }, "graph.nodes[0].inputs[1]: expected a string, got 1"],
    [
      { ...graph, nodes: [{ ...node, outputs: ["\ud800"] }] },
      "graph.nodes[0].outputs[0]: expected well-formed Unicode",
    ],
    [{ ...graph, nodes: [{ ...node, attributes: [] }] }, "graph.nodes[0].attributes: expected an object, got Array"],
    ...[{}, null, true, undefined].map(
      (value) =>
        [{ ...graph, nodes: [{ ...node, attributes: { a: value } }] }, "attributes.a: expected a number"] as const,
    ),
    [{ ...graph, nodes: [{ ...node, attributes: { a: [1, "2"] } }] }, 'attributes.a[1]: expected a number, got "2"'],
    [{ ...graph, nodes: [{ ...node, attributes: { a: { float: "1" } } }] }, "attributes.a.float: expected a number"],
    [
      { ...graph, nodes: [{ ...node, attributes: { a: { strings: [1] } } }] },
      "attributes.a.strings[0]: expected a string",
    ],
    [{ ...graph, nodes: [{ ...node, attributes: { a: { tensor: {} } } }] }, "tensor: name: expected a string"],
  ];
  for (const [value, message] of wrong) {
    expect(() => assertNetwork({ ...network, graph: value as Graph })).toThrow(message);
    expect(() => encodeGraph(value as Graph)).toThrow(message);
  }
});

test("the graphs that a node runs are found in all its attributes", () => {
  const branch = (op: string) => ({
    inputs: [],
    outputs: [],
    nodes: [{ op, inputs: [], outputs: [op], attributes: {} }],
    tensors: {},
  });
  const [first, second, third] = [branch("Relu"), branch("Abs"), branch("Neg")];
  const attributes = { axis: 1, then_branch: { graph: first }, cases: { graphs: [second, third] }, name: "x" };
  expect(subgraphsOf({ attributes })).toEqual([first, second, third]);
  expect(subgraphsOf({ attributes: {} })).toEqual([]);
});

test("a node reads its inputs, and what the graphs that it runs see of the graph around them", () => {
  const inner = { op: "Add", inputs: ["outer", "made"], outputs: ["sum"], attributes: {} };
  const branch = {
    inputs: [{ name: "own" }],
    outputs: [{ name: "sum" }, { name: "passed" }],
    nodes: [{ op: "Mul", inputs: ["own", "w"], outputs: ["made"], attributes: {} }, inner],
    tensors: { w: "then/w" },
  };
  const node = { op: "If", inputs: ["condition", ""], outputs: ["y"], attributes: { then_branch: { graph: branch } } };
  expect([...valuesRead(node)]).toEqual(["condition", "outer", "passed"]);
});
