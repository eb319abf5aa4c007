import { describe, expect, it } from "vitest";
import { array, bools, expectNode, floats, longs, type OperatorTest, runNode } from "./operator-runs";

const x23 = floats([2, 3], 1, 2, 3, 4, 5, 6);
const NaNs = floats([5], Number.NaN, 2, Number.NaN, -1, 2);

const cases: Readonly<Record<string, OperatorTest>> = {
  "Gather along the last axis": {
    op: "Gather",
    attributes: { axis: -1 },
    inputs: [x23, longs([2, 1], 2, -3)],
    outputs: [floats([2, 2, 1], 3, 1, 6, 4)],
  },
  "Gather at a scalar": {
    op: "Gather",
    inputs: [longs([2, 2], 1, 2, 3, 4), array("int32", [], 1)],
    outputs: [longs([2], 3, 4)],
  },
  "Gather of no index": { op: "Gather", inputs: [x23, longs([0])], outputs: [floats([0, 3])] },
  "Gather of long rows": {
    op: "Gather",
    inputs: [floats([2, 20], ...Array(40).keys()), longs([1], 1)],
    outputs: [floats([1, 20], ...Array.from({ length: 20 }, (_, i) => 20 + i))],
  },
  GatherElements: {
    op: "GatherElements",
    attributes: { axis: 1 },
    inputs: [x23, longs([2, 2], 0, -1, 1, 1)],
    outputs: [floats([2, 2], 1, 3, 5, 5)],
  },
  "GatherND of parts": {
    op: "GatherND",
    inputs: [x23, longs([2, 1], -1, 0)],
    outputs: [floats([2, 3], 4, 5, 6, 1, 2, 3)],
  },
  "GatherND in batches": {
    op: "GatherND",
    attributes: { batch_dims: 1 },
    inputs: [x23, longs([2, 1], 2, 0)],
    outputs: [floats([2], 3, 4)],
  },
  "ScatterElements along the first axis": {
    op: "ScatterElements",
    inputs: [x23, longs([1, 3], 1, 0, -1), floats([1, 3], 7, 8, 9)],
    outputs: [floats([2, 3], 1, 8, 3, 7, 5, 9)],
  },
  "Scatter as it was": {
    op: "Scatter",
    opset: 9,
    attributes: { axis: 1 },
    inputs: [x23, longs([1, 1], 2), floats([1, 1], 7)],
    outputs: [floats([2, 3], 1, 2, 7, 4, 5, 6)],
  },
  "ScatterElements that adds int64": {
    op: "ScatterElements",
    opset: 18,
    attributes: { reduction: "add" },
    inputs: [longs([2], 1, 2), longs([3], 0, 0, 1), longs([3], 3, 4, -5)],
    outputs: [longs([2], 8, -3)],
  },
  "ScatterElements that multiplies and wraps around": {
    op: "ScatterElements",
    opset: 18,
    attributes: { reduction: "mul" },
    inputs: [array("int32", [1], 0x7fffffff), longs([1], 0), array("int32", [1], 0x7fffffff)],
    outputs: [array("int32", [1], 1)],
  },
  "ScatterElements keeps the largest and NaN": {
    op: "ScatterElements",
    opset: 18,
    attributes: { reduction: "max" },
    inputs: [NaNs, longs([3], 0, 1, 3), floats([3], 1, Number.NaN, 4)],
    outputs: [floats([5], Number.NaN, Number.NaN, Number.NaN, 4, 2)],
  },
  "ScatterND of parts, the last of two": {
    op: "ScatterND",
    inputs: [x23, longs([2, 1], 0, 0), floats([2, 3], 7, 7, 7, 8, 9, 10)],
    outputs: [floats([2, 3], 8, 9, 10, 4, 5, 6)],
  },
  "ScatterND of the least": {
    op: "ScatterND",
    opset: 18,
    attributes: { reduction: "min" },
    inputs: [x23, longs([2, 2], 0, 0, 1, 2), floats([2], -1, 9)],
    outputs: [floats([2, 3], -1, 2, 3, 4, 5, 6)],
  },
  "OneHot along the first axis, an index outside": {
    op: "OneHot",
    attributes: { axis: 0 },
    inputs: [longs([3], 1, -2, 5), floats([], 2), floats([2], -1, 5)],
    outputs: [floats([2, 3], -1, 5, -1, 5, -1, -1)],
  },
  NonZero: { op: "NonZero", inputs: [NaNs], outputs: [longs([1, 5], 0, 1, 2, 3, 4)] },
  "NonZero of bools": {
    op: "NonZero",
    inputs: [bools([2, 2], true, false, false, true)],
    outputs: [longs([2, 2], 0, 1, 0, 1)],
  },
  "NonZero of a scalar": { op: "NonZero", inputs: [floats([], 3)], outputs: [longs([0, 1])] },
  "Compress of elements": {
    op: "Compress",
    inputs: [x23, bools([4], false, true, false, true)],
    outputs: [floats([2], 2, 4)],
  },
  "Compress along an axis": {
    op: "Compress",
    attributes: { axis: -1 },
    inputs: [x23, bools([2], false, true)],
    outputs: [floats([2, 1], 2, 5)],
  },
  "ReverseSequence with the batch first": {
    op: "ReverseSequence",
    attributes: { batch_axis: 0, time_axis: 1 },
    inputs: [x23, longs([2], 2, 3)],
    outputs: [floats([2, 3], 2, 1, 3, 6, 5, 4)],
  },
  "ReverseSequence with the time first": {
    op: "ReverseSequence",
    inputs: [floats([3, 2], 1, 2, 3, 4, 5, 6), longs([2], 0, 3)],
    outputs: [floats([3, 2], 1, 6, 3, 4, 5, 2)],
  },
  "Unique, sorted, NaN last and once": {
    op: "Unique",
    inputs: [NaNs],
    outputs: [floats([3], -1, 2, Number.NaN), longs([3], 3, 1, 0), longs([5], 2, 1, 2, 0, 1), longs([3], 1, 2, 2)],
  },
  "Unique parts as they come": {
    op: "Unique",
    attributes: { axis: 1, sorted: 0 },
    inputs: [longs([2, 3], 9, 1, 9, 0, 0, 0)],
    outputs: [longs([2, 2], 9, 1, 0, 0), longs([2], 0, 1), longs([3], 0, 1, 0), longs([2], 2, 1)],
  },
};

describe("operators that choose elements", () => {
  it.each(Object.entries(cases))("%s", (_, test) => expectNode(test));

  const outputs = [floats([])];
  it.each<[string, OperatorTest, RegExp]>([
    [
      "Gather past the end",
      { op: "Gather", inputs: [x23, longs([1], 2)], outputs },
      /^Gather node "out0": index 2 expected from -2 to 1/,
    ],
    ["Gather before the beginning", { op: "Gather", inputs: [x23, longs([1], -3)], outputs }, /index -3 expected/],
    ["Gather of nothing", { op: "Gather", inputs: [floats([0, 3]), longs([1], 0)], outputs }, /index 0 expected/],
    [
      "Gather at floats",
      { op: "Gather", inputs: [x23, floats([1], 0)], outputs },
      /indices of int32 or int64, got float32/,
    ],
    [
      "GatherElements of another rank",
      { op: "GatherElements", inputs: [x23, longs([1], 0)], outputs },
      /expected 2 dimensions/,
    ],
    [
      "GatherElements of more than there is",
      { op: "GatherElements", inputs: [x23, longs([1, 4], 0, 0, 0, 0)], outputs },
      /expected to fit into \[2,3\]/,
    ],
    [
      "GatherND of tuples too long",
      { op: "GatherND", inputs: [x23, longs([1, 3], 0, 0, 0)], outputs },
      /expected tuples into \[2,3\]/,
    ],
    [
      "GatherND past the end",
      { op: "GatherND", inputs: [x23, longs([1, 2], 0, 3)], outputs },
      /index 3 expected from -3 to 2, for axis 1/,
    ],
    [
      "ScatterElements of too few updates",
      { op: "ScatterElements", inputs: [x23, longs([1, 2], 0, 0), floats([1, 1], 1)], outputs },
      /expected alike/,
    ],
    [
      "ScatterElements past the end",
      { op: "ScatterElements", inputs: [x23, longs([1, 1], 2), floats([1, 1], 1)], outputs },
      /index 2 expected/,
    ],
    [
      "ScatterND of another type",
      { op: "ScatterND", inputs: [x23, longs([1, 1], 0), longs([1, 3], 1, 1, 1)], outputs },
      /expected two of float32/,
    ],
    [
      "ScatterND by an unknown reduction",
      {
        op: "ScatterND",
        attributes: { reduction: "avg" },
        inputs: [x23, longs([1, 1], 0), floats([1, 3], 1, 1, 1)],
        outputs,
      },
      /reduction expected none, add, mul, max, min, got "avg"/,
    ],
    [
      "OneHot without depth",
      { op: "OneHot", inputs: [longs([1], 0), longs([], 0), floats([2], 0, 1)], outputs },
      /a depth from 1/,
    ],
    [
      "Compress by more than there is",
      { op: "Compress", attributes: { axis: 0 }, inputs: [x23, bools([3], true, true, true)], outputs },
      /up to 2 conditions, got 3/,
    ],
    [
      "ReverseSequence of too long a sequence",
      { op: "ReverseSequence", inputs: [x23, longs([3], 1, 1, 3)], outputs },
      /3 lengths up to 2/,
    ],
  ])("%s is refused", (_, test, message) => {
    expect(() => runNode(test)).toThrow(message);
  });
});
