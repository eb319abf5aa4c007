import { describe, expect, it } from "vitest";
import { array, bools, expectNode, floats, longs, type OperatorTest, runNode } from "./operator-runs";

const x23 = floats([2, 3], 1, 2, 3, 4, 5, 6);
const MOST = Number.MAX_SAFE_INTEGER;

const cases: Readonly<Record<string, OperatorTest>> = {
  "Shape of all dimensions": { op: "Shape", inputs: [x23], outputs: [longs([2], 2, 3)] },
  "Shape from start to end": {
    op: "Shape",
    attributes: { start: -2, end: -1 },
    inputs: [floats([1, 2, 1], 7, 8)],
    outputs: [longs([1], 2)],
  },
  "Shape of a scalar": { op: "Shape", inputs: [floats([], 1)], outputs: [longs([0])] },
  Size: { op: "Size", inputs: [x23], outputs: [longs([], 6)] },
  "Reshape with 0 and -1": {
    op: "Reshape",
    inputs: [floats([2, 1, 3], 1, 2, 3, 4, 5, 6), longs([3], 0, -1, 1)],
    outputs: [floats([2, 3, 1], 1, 2, 3, 4, 5, 6)],
  },
  "Reshape with allowzero": {
    op: "Reshape",
    attributes: { allowzero: 1 },
    inputs: [floats([0, 3]), longs([2], 3, 0)],
    outputs: [floats([3, 0])],
  },
  "Reshape of a scalar": { op: "Reshape", inputs: [floats([], 5), longs([2], 1, -1)], outputs: [floats([1, 1], 5)] },
  "Flatten at the end": {
    op: "Flatten",
    attributes: { axis: 2 },
    inputs: [x23],
    outputs: [floats([6, 1], 1, 2, 3, 4, 5, 6)],
  },
  "Squeeze of all": { op: "Squeeze", inputs: [floats([1, 2, 1], 1, 2)], outputs: [floats([2], 1, 2)] },
  "Squeeze by an attribute": {
    op: "Squeeze",
    opset: 11,
    attributes: { axes: [-1] },
    inputs: [floats([1, 2, 1], 1, 2)],
    outputs: [floats([1, 2], 1, 2)],
  },
  "Unsqueeze with axes of the result": {
    op: "Unsqueeze",
    inputs: [floats([2], 1, 2), longs([2], -1, 0)],
    outputs: [floats([1, 2, 1], 1, 2)],
  },
  "Transpose in reverse": { op: "Transpose", inputs: [x23], outputs: [floats([3, 2], 1, 4, 2, 5, 3, 6)] },
  "Transpose of int64": {
    op: "Transpose",
    attributes: { perm: [1, 0, 2] },
    inputs: [longs([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, -8)],
    outputs: [longs([2, 2, 2], 1, 2, 5, 6, 3, 4, 7, -8)],
  },
  "Transpose of nothing": { op: "Transpose", inputs: [floats([0, 3])], outputs: [floats([3, 0])] },
  "Concat with something empty": {
    op: "Concat",
    attributes: { axis: -1 },
    inputs: [x23, floats([2, 0]), floats([2, 1], 7, 8)],
    outputs: [floats([2, 4], 1, 2, 3, 7, 4, 5, 6, 8)],
  },
  "Split by sizes, one of them unread": {
    op: "Split",
    attributes: { axis: 1 },
    inputs: [x23, longs([3], 1, 0, 2)],
    outputs: [undefined, floats([2, 0]), floats([2, 2], 2, 3, 5, 6)],
  },
  "Split into equal parts": {
    op: "Split",
    inputs: [x23],
    outputs: [floats([1, 3], 1, 2, 3), floats([1, 3], 4, 5, 6)],
  },
  "Split whose last part is smaller": {
    op: "Split",
    opset: 18,
    attributes: { axis: 1, num_outputs: 2 },
    inputs: [x23],
    outputs: [floats([2, 2], 1, 2, 4, 5), floats([2, 1], 3, 6)],
  },
  "Slice backwards, past both ends": {
    op: "Slice",
    inputs: [x23, longs([2], MOST, MOST), longs([2], -MOST, -MOST), longs([2], 1, 0), longs([2], -2, -1)],
    outputs: [floats([2, 2], 6, 4, 3, 1)],
  },
  "Slice by attributes": {
    op: "Slice",
    opset: 9,
    attributes: { starts: [-2], ends: [100], axes: [1] },
    inputs: [x23],
    outputs: [floats([2, 2], 2, 3, 5, 6)],
  },
  "Slice of nothing": {
    op: "Slice",
    inputs: [x23, longs([1], 2), longs([1], 1)],
    outputs: [floats([0, 3])],
  },
  "Pad with a constant, cut on one side": {
    op: "Pad",
    inputs: [x23, longs([4], 1, -1, 0, 2), floats([], 9)],
    outputs: [floats([3, 4], 9, 9, 9, 9, 2, 3, 9, 9, 5, 6, 9, 9)],
  },
  "Pad of int64": {
    op: "Pad",
    inputs: [longs([1], 5), longs([2], 1, 1), longs([], -7)],
    outputs: [longs([3], -7, 5, -7)],
  },
  "Pad by reflection, further than there is": {
    op: "Pad",
    attributes: { mode: "reflect" },
    inputs: [floats([3], 1, 2, 3), longs([2], 3, 5)],
    outputs: [floats([11], 2, 3, 2, 1, 2, 3, 2, 1, 2, 3, 2)],
  },
  "Pad with the edge, by an attribute": {
    op: "Pad",
    opset: 10,
    attributes: { mode: "edge", pads: [0, 2, 1, 0] },
    inputs: [floats([1, 2], 1, 2)],
    outputs: [floats([2, 4], 1, 1, 1, 2, 1, 1, 1, 2)],
  },
  "Pad around, along chosen axes": {
    op: "Pad",
    opset: 19,
    attributes: { mode: "wrap" },
    inputs: [x23, longs([2], 1, 2), undefined, longs([1], -1)],
    outputs: [floats([2, 6], 3, 1, 2, 3, 1, 2, 6, 4, 5, 6, 4, 5)],
  },
  "Expand in both directions": {
    op: "Expand",
    inputs: [floats([2, 1], 1, 2), longs([3], 2, 1, 2)],
    outputs: [floats([2, 2, 2], 1, 1, 2, 2, 1, 1, 2, 2)],
  },
  "Expand to nothing": { op: "Expand", inputs: [floats([1], 1), longs([2], 2, 0)], outputs: [floats([2, 0])] },
  Tile: {
    op: "Tile",
    inputs: [floats([1, 2], 1, 2), longs([2], 2, 2)],
    outputs: [floats([2, 4], 1, 2, 1, 2, 1, 2, 1, 2)],
  },
  "Range of float32": {
    op: "Range",
    inputs: [floats([], 1), floats([], 2), floats([], 0.25)],
    outputs: [floats([4], 1, 1.25, 1.5, 1.75)],
  },
  "Range of int64, downwards": {
    op: "Range",
    inputs: [longs([], 5), longs([], -2), longs([], -3)],
    outputs: [longs([3], 5, 2, -1)],
  },
  "ConstantOfShape without a value": {
    op: "ConstantOfShape",
    inputs: [longs([2], 1, 2)],
    outputs: [floats([1, 2], 0, 0)],
  },
  "ConstantOfShape of bools": {
    op: "ConstantOfShape",
    attributes: { value: { tensor: { name: "", type: "bool", shape: [1], bytes: Uint8Array.of(1) } } },
    inputs: [longs([1], 2)],
    outputs: [bools([2], true, true)],
  },
  "Constant of floats": {
    op: "Constant",
    attributes: { value_floats: { floats: [1, 2] } },
    inputs: [],
    outputs: [floats([2], 1, 2)],
  },
  "Constant of a float": {
    op: "Constant",
    attributes: { value_float: { float: 0.5 } },
    inputs: [],
    outputs: [floats([], 0.5)],
  },
  "Constant of integers": {
    op: "Constant",
    attributes: { value_ints: [1, -2] },
    inputs: [],
    outputs: [longs([2], 1, -2)],
  },
  "Constant of an integer": { op: "Constant", attributes: { value_int: 7 }, inputs: [], outputs: [longs([], 7)] },
  EyeLike: {
    op: "EyeLike",
    attributes: { dtype: 6, k: -1 },
    inputs: [x23],
    outputs: [array("int32", [2, 3], 0, 0, 0, 1, 0, 0)],
  },
  "Trilu above a diagonal": {
    op: "Trilu",
    inputs: [longs([2, 3], 1, 2, 3, 4, 5, 6), longs([], 1)],
    outputs: [longs([2, 3], 0, 2, 3, 0, 0, 6)],
  },
  "Trilu below": { op: "Trilu", attributes: { upper: 0 }, inputs: [x23], outputs: [floats([2, 3], 1, 0, 0, 4, 5, 0)] },
};

describe("operators of shapes", () => {
  it.each(Object.entries(cases))("%s", (_, test) => expectNode(test));

  it("a Transpose of any size is that of its indices", () => {
    const [rows, columns] = [67, 45];
    const data = Float32Array.from({ length: rows * columns * 3 }, (_, i) => i);
    const { out0 } = runNode({
      op: "Transpose",
      attributes: { perm: [2, 1, 0] },
      inputs: [{ type: "float32", shape: [rows, columns, 3], data }],
      outputs: [floats([])],
    });
    expect(out0!.shape).toEqual([3, columns, rows]);
    for (let i = 0; i < data.length; i++) {
      const [row, column, depth] = [i % rows, Math.floor(i / rows) % columns, Math.floor(i / rows / columns)];
      if (out0!.data[i] !== data[(row * columns + column) * 3 + depth]) expect.fail(`element ${i}`);
    }
  });

  const outputs = [floats([])];
  it.each<[string, OperatorTest, RegExp]>([
    [
      "Reshape that does not fill",
      { op: "Reshape", inputs: [x23, longs([1], 5)], outputs },
      /^Reshape node "out0": shape \[2,3\] does not fill \[5\]/,
    ],
    ["Reshape with two -1", { op: "Reshape", inputs: [x23, longs([2], -1, -1)], outputs }, /does not fill/],
    [
      "Reshape that copies what is not there",
      { op: "Reshape", inputs: [x23, longs([3], 0, 0, 0)], outputs },
      /does not fill/,
    ],
    [
      "Squeeze of a dimension of 2",
      { op: "Squeeze", inputs: [x23, longs([1], 0)], outputs },
      /axes \[0\] expected of size 1/,
    ],
    [
      "Unsqueeze of one axis twice",
      { op: "Unsqueeze", inputs: [x23, longs([2], 0, -4)], outputs },
      /expected each once/,
    ],
    [
      "Transpose of too few axes",
      { op: "Transpose", attributes: { perm: [0] }, inputs: [x23], outputs },
      /perm \[0\] expected the axes of 2/,
    ],
    [
      "Concat of shapes that differ",
      { op: "Concat", attributes: { axis: 0 }, inputs: [x23, floats([1, 2], 1, 2)], outputs },
      /differ beside axis 0/,
    ],
    [
      "Concat of types that differ",
      { op: "Concat", attributes: { axis: 0 }, inputs: [x23, longs([1, 3], 1, 2, 3)], outputs },
      /expected two of float32, got int64/,
    ],
    [
      "Split that does not sum up",
      { op: "Split", attributes: { axis: 1 }, inputs: [x23, longs([1], 2)], outputs },
      /sum to the 3 of axis 1/,
    ],
    [
      "Slice by a step of 0",
      { op: "Slice", inputs: [x23, longs([1], 0), longs([1], 1), longs([1], 0), longs([1], 0)], outputs },
      /steps other than 0/,
    ],
    ["Pad of more than there is", { op: "Pad", inputs: [x23, longs([4], -2, 0, -1, 0)], outputs }, /less than nothing/],
    [
      "Pad in an unknown mode",
      { op: "Pad", attributes: { mode: "zig" }, inputs: [x23, longs([4], 0, 0, 0, 0)], outputs },
      /mode expected constant, edge, reflect or wrap, got "zig"/,
    ],
    [
      "Pad of nothing by its edge",
      { op: "Pad", attributes: { mode: "edge" }, inputs: [floats([0]), longs([2], 1, 0)], outputs },
      /no element to repeat/,
    ],
    [
      "Expand to more than memory",
      { op: "Expand", inputs: [floats([1], 1), longs([2], 2 ** 20, 2 ** 20)], outputs },
      /^Expand node "out0": .*bytes of memory/,
    ],
    [
      "Expand to a negative size",
      { op: "Expand", inputs: [floats([1], 1), longs([1], -1)], outputs },
      /list of sizes from 0/,
    ],
    [
      "Tile to more than memory",
      { op: "Tile", inputs: [floats([1], 1), longs([1], 2 ** 50)], outputs },
      /bytes of memory/,
    ],
    [
      "Range without end",
      { op: "Range", inputs: [longs([], 0), longs([], 1), longs([], 0)], outputs },
      /delta expected other than 0/,
    ],
    [
      "Range to infinity",
      { op: "Range", inputs: [floats([], 0), floats([], Number.POSITIVE_INFINITY), floats([], 1)], outputs },
      /memory/,
    ],
    ["ConstantOfShape of a matrix", { op: "ConstantOfShape", inputs: [longs([1, 1], 1)], outputs }, /list of sizes/],
    ["EyeLike of no matrix", { op: "EyeLike", inputs: [floats([1], 1)], outputs }, /expected a matrix/],
  ])("%s is refused", (_, test, message) => {
    expect(() => runNode(test)).toThrow(message);
  });
});
