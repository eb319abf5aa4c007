import {
  type Attribute,
  alexnet,
  type Graph,
  inferShapes,
  lenet5,
  lenet300100,
  type ShapedTensor,
  vgg16,
} from "@deep-compression/network";
import { expect, test } from "vitest";

type Shape = readonly (number | string)[];

/** The shape of the first output of one node whose input shapes are given; further inputs may be constants. */
function shapeAfter(
  op: string,
  inputs: readonly (Shape | ShapedTensor)[],
  attributes: Readonly<Record<string, Attribute>> = {},
): (number | string)[] {
  const constants = inputs.filter((input): input is ShapedTensor => "name" in input);
  const names = inputs.map((input, index) => ("name" in input ? input.name : `x${index}`));
  const graph: Graph = {
    opset: 13,
    inputs: inputs.flatMap((input, index) =>
      "name" in input ? [] : [{ name: names[index], type: "float32" as const, shape: input }],
    ),
    outputs: [],
    nodes: [{ op, inputs: names, outputs: ["y"], attributes }],
  };
  return inferShapes(graph, constants).get("y") ?? [];
}

function constant(values: readonly number[]): ShapedTensor {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name: "target", shape: [values.length], bytes };
}

test("the batch of LeNet-300-100 stays symbolic from input to output", () => {
  const shapes = inferShapes(lenet300100.graph, lenet300100.parameters);
  expect([...shapes].filter(([name]) => !name.startsWith("ip"))).toEqual([
    ["input", ["N", 784]],
    ["value0", ["N", 300]],
    ["value1", ["N", 300]],
    ["value2", ["N", 100]],
    ["value3", ["N", 100]],
    ["output", ["N", 10]],
  ]);
});

test("the four architectures end in the shapes they declare, with the intermediate shapes of the literature", () => {
  const named = (architecture: typeof lenet5, op: string) => {
    const shapes = inferShapes(architecture.graph, architecture.parameters, { dimensions: { N: 2 } });
    const nodes = architecture.graph.nodes.filter((node) => node.op === op);
    return nodes.map((node) => shapes.get(node.outputs[0])?.join("x"));
  };
  expect(named(lenet5, "MaxPool")).toEqual(["2x20x12x12", "2x50x4x4"]);
  expect(named(lenet5, "Gemm")).toEqual(["2x500", "2x10"]);
  expect(named(alexnet, "Conv")).toEqual(["2x96x55x55", "2x256x27x27", "2x384x13x13", "2x384x13x13", "2x256x13x13"]);
  expect(named(alexnet, "Flatten")).toEqual(["2x9216"]);
  expect(named(vgg16, "Flatten")).toEqual(["2x25088"]);
  expect(named(vgg16, "Gemm")).toEqual(["2x4096", "2x4096", "2x1000"]);
});

test("windows count their positions by stride, dilation, padding and rounding", () => {
  const x = [1, 1, 10, 7];
  const pool = (attributes: Readonly<Record<string, Attribute>>) => shapeAfter("MaxPool", [x], attributes).slice(2);
  expect(pool({ kernel_shape: [3, 3], strides: [2, 2] })).toEqual([4, 3]);
  expect(pool({ kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 })).toEqual([5, 3]);
  expect(pool({ kernel_shape: [3, 3], dilations: [2, 3] })).toEqual([6, 1]);
  expect(pool({ kernel_shape: [2, 2], pads: [0, 1, 2, 3] })).toEqual([11, 10]);
  expect(pool({ kernel_shape: [3, 3], strides: [3, 3], auto_pad: "SAME_UPPER" })).toEqual([4, 3]);
  expect(pool({ kernel_shape: [3, 3], auto_pad: "VALID" })).toEqual([8, 5]);
  // The third window would start at 4 + 0 = the end of the input, in the padding.
  expect(
    shapeAfter("AveragePool", [[1, 1, 4]], { kernel_shape: [1], strides: [2], pads: [0, 1], ceil_mode: 1 }),
  ).toEqual([1, 1, 2]);
});

test("every other operator gives the shape that ONNX defines", () => {
  const x = ["N", 6, 4, 4];
  expect(shapeAfter("Conv", [x, [8, 3, 3, 3], [8]], { group: 2, pads: [1, 1, 1, 1] })).toEqual(["N", 8, 4, 4]);
  expect(shapeAfter("GlobalAveragePool", [x])).toEqual(["N", 6, 1, 1]);
  for (const op of ["Relu", "LRN", "Softmax", "Dropout", "Identity"]) expect(shapeAfter(op, [x])).toEqual(x);
  expect(shapeAfter("BatchNormalization", [x, [6], [6], [6], [6]])).toEqual(x);
  expect(shapeAfter("Gemm", [[5, "N"], [5, 3], [3]], { transA: 1 })).toEqual(["N", 3]);
  expect(
    shapeAfter("MatMul", [
      ["N", 2, 3, 4],
      [4, 5],
    ]),
  ).toEqual(["N", 2, 3, 5]);
  expect(shapeAfter("MatMul", [[4], [2, 4, 5]])).toEqual([2, 5]);
  expect(shapeAfter("MatMul", [[2, 4], [4]])).toEqual([2]);
  expect(
    shapeAfter("Add", [
      ["N", 3, 1],
      [3, 5],
    ]),
  ).toEqual(["N", 3, 5]);
  expect(shapeAfter("Flatten", [x])).toEqual(["N", 96]);
  expect(shapeAfter("Flatten", [[2, 3, 4]], { axis: -1 })).toEqual([6, 4]);
  expect(shapeAfter("Flatten", [[2, 3]], { axis: 0 })).toEqual([1, 6]);
  expect(
    shapeAfter(
      "Concat",
      [
        ["N", 2],
        ["N", 3],
      ],
      { axis: 1 },
    ),
  ).toEqual(["N", 5]);
});

test("Reshape keeps the batch symbolic through -1 and 0", () => {
  const x = ["N", 50, 4, 4];
  expect(shapeAfter("Reshape", [x, constant([-1, 800])])).toEqual(["N", 800]);
  expect(shapeAfter("Reshape", [x, constant([0, -1])])).toEqual(["N", 800]);
  expect(shapeAfter("Reshape", [[6, 4], constant([2, 3, 4])])).toEqual([2, 3, 4]);
  expect(shapeAfter("Reshape", [[0, 4], constant([0, 7])], { allowzero: 1 })).toEqual([0, 7]);
  expect(() => shapeAfter("Reshape", [x, constant([-1, 7])])).toThrow(/does not fill/);
  expect(() => shapeAfter("Reshape", [x, constant([-1, -1])])).toThrow(/is none/);
  expect(() => shapeAfter("Reshape", [x, [2]])).toThrow(/must be a constant tensor/);
});

test("shapes that do not fit are refused with the operator and the node", () => {
  const fails = (op: string, ...inputs: Shape[]) => expect(() => shapeAfter(op, inputs));
  fails("Gemm", ["N", 3], [4, 5]).toThrow(new RangeError('Gemm node "y": inner dimension expected 4, got 3'));
  fails("Gemm", [2, 3], [3, 5], [2, 2]).toThrow(/do not broadcast/);
  fails("Gemm", [1, 3], [3, 5], [4, 5]).toThrow(/does not broadcast to \[1,5\]/);
  fails("Add", ["N", 3], ["M", 3]).toThrow(/\[N,3\] and \[M,3\] do not broadcast/);
  fails("Conv", ["N", 3, 8, 8], [4, 1, 3, 3]).toThrow(/input channels expected 1, got 3/);
  fails("Conv", ["N", 1, 2, 2], [4, 1, 3, 3]).toThrow(/a window of 3 with stride 1 does not fit 2 inputs/);
  fails("MaxPool", ["N", 1, 2, 2]).toThrow(/kernel_shape is missing/);
  fails("Concat", [2, 3], [2, 4]).toThrow(/do not join along axis 0/);
  fails("Relu").toThrow(/input 0 is missing/);
});

test("an unknown operator is named with its node", () => {
  expect(() => shapeAfter("Einsum", [[1]])).toThrow(new RangeError('Einsum node "y": unknown operator "Einsum"'));
  expect(() => shapeAfter("toString", [[1]])).toThrow(/unknown operator "toString"/);
  const own = { op: "Relu", domain: "com.example", inputs: ["x"], outputs: ["y"], attributes: {} };
  const graph = { opset: 13, inputs: [{ name: "x", type: "float32" as const, shape: [1] }], outputs: [], nodes: [own] };
  expect(() => inferShapes(graph, [])).toThrow('com.example.Relu node "y": unknown operator "com.example.Relu"');
});

test("an input whose shape is not known is named, and an integer beyond 2^53 where a rule needs it", () => {
  const relu = { op: "Relu", inputs: ["x"], outputs: ["y"], attributes: {} };
  expect(() => inferShapes({ opset: 13, inputs: [{ name: "x" }], outputs: [], nodes: [relu] }, [])).toThrow(
    new RangeError('value "x": its shape is not known'),
  );
  expect(() => shapeAfter("Flatten", [[2, 3]], { axis: 2n ** 60n })).toThrow(
    /"axis" expected a whole number up to 2\^53/,
  );
  expect(() => shapeAfter("MaxPool", [[1, 1, 2, 2]], { kernel_shape: [2n ** 60n, 1] })).toThrow(
    /whole numbers up to 2\^53/,
  );
});
