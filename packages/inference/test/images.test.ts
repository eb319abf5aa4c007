import { describe, expect, it } from "vitest";
import { array, expectNode, floats, longs, type OperatorTest, runNode } from "./operator-runs";

const x22 = floats([1, 1, 2, 2], 1, 2, 3, 4);
const twice = floats([4], 1, 1, 2, 2);
const channels = floats([1, 4, 1, 1], 1, 2, 3, 4);
const one = (value: number) => ({ float: value });

const cases: Readonly<Record<string, OperatorTest>> = {
  "DepthToSpace, columns last": {
    op: "DepthToSpace",
    attributes: { blocksize: 2 },
    inputs: [floats([1, 8, 1, 1], 0, 1, 2, 3, 4, 5, 6, 7)],
    outputs: [floats([1, 2, 2, 2], 0, 2, 4, 6, 1, 3, 5, 7)],
  },
  "DepthToSpace, columns first": {
    op: "DepthToSpace",
    attributes: { blocksize: 2, mode: "CRD" },
    inputs: [floats([1, 8, 1, 1], 0, 1, 2, 3, 4, 5, 6, 7)],
    outputs: [floats([1, 2, 2, 2], 0, 1, 2, 3, 4, 5, 6, 7)],
  },
  SpaceToDepth: { op: "SpaceToDepth", attributes: { blocksize: 2 }, inputs: [x22], outputs: [channels] },
  "Resize to the nearest": {
    op: "Resize",
    inputs: [x22, undefined, twice],
    outputs: [floats([1, 1, 4, 4], 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4)],
  },
  "Resize of bytes to the nearest": {
    op: "Resize",
    attributes: { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    inputs: [array("uint8", [1, 3], 1, 2, 3), undefined, undefined, longs([2], 2, 2)],
    outputs: [array("uint8", [2, 2], 1, 2, 1, 2)],
  },
  "Resize by linear interpolation": {
    op: "Resize",
    attributes: { mode: "linear" },
    inputs: [x22, undefined, twice],
    outputs: [floats([1, 1, 4, 4], 1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4)],
  },
  "Resize of bytes by linear interpolation": {
    op: "Resize",
    attributes: { mode: "linear" },
    inputs: [array("uint8", [2], 0, 255), undefined, floats([1], 2)],
    outputs: [array("uint8", [4], 0, 63, 191, 255)],
  },
  "Resize to aligned corners": {
    op: "Resize",
    attributes: { mode: "linear", coordinate_transformation_mode: "align_corners" },
    inputs: [floats([2], 0, 3), undefined, undefined, longs([1], 4)],
    outputs: [floats([4], 0, 1, 2, 3)],
  },
  "Resize of chosen axes that keeps the ratio": {
    op: "Resize",
    opset: 18,
    attributes: { axes: [2, 3], keep_aspect_ratio_policy: "not_larger" },
    inputs: [x22, undefined, undefined, longs([2], 4, 9)],
    outputs: [floats([1, 1, 4, 4], 1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4)],
  },
  "Resize that means what it leaves out": {
    op: "Resize",
    opset: 18,
    attributes: { mode: "linear", antialias: 1 },
    inputs: [floats([4], 1, 2, 3, 4), undefined, floats([1], 0.5)],
    outputs: [floats([2], 1.625, 3.375)],
  },
  "Resize of a part that lies outside": {
    op: "Resize",
    attributes: {
      mode: "linear",
      coordinate_transformation_mode: "tf_crop_and_resize",
      extrapolation_value: one(9),
    },
    inputs: [floats([3], 1, 2, 3), floats([2], 0.5, 1.5), undefined, longs([1], 3)],
    outputs: [floats([3], 2, 3, 9)],
  },
  "Resize as it was": {
    op: "Resize",
    opset: 10,
    attributes: { mode: "linear" },
    inputs: [floats([2], 1, 3), floats([1], 2)],
    outputs: [floats([4], 1, 2, 3, 3)],
  },
  "Upsample by an attribute": {
    op: "Upsample",
    opset: 7,
    attributes: { scales: { floats: [1, 2] } },
    inputs: [floats([1, 2], 1, 2)],
    outputs: [floats([1, 4], 1, 1, 2, 2)],
  },
  "Resize to nothing": {
    op: "Resize",
    inputs: [floats([2], 1, 2), undefined, undefined, longs([1], 0)],
    outputs: [floats([0])],
  },
  "GridSample between four, and outside": {
    op: "GridSample",
    inputs: [x22, floats([1, 1, 3, 2], 0, 0, 5, 5, -0.5, 0.5)],
    outputs: [floats([1, 1, 1, 3], 2.5, 0, 3)],
  },
  "GridSample of the border, the nearest": {
    op: "GridSample",
    attributes: { mode: "nearest", padding_mode: "border" },
    inputs: [x22, floats([1, 1, 2, 2], -9, 9, 9, -9)],
    outputs: [floats([1, 1, 1, 2], 3, 2)],
  },
  "GridSample mirrored at corners": {
    op: "GridSample",
    attributes: { padding_mode: "reflection", align_corners: 1 },
    inputs: [x22, floats([1, 1, 1, 2], 2, -1)],
    outputs: [floats([1, 1, 1, 1], 1.5)],
  },
  "GridSample of a place that is no number": {
    op: "GridSample",
    attributes: { padding_mode: "border" },
    inputs: [x22, floats([1, 1, 1, 2], Number.NaN, 0)],
    outputs: [floats([1, 1, 1, 1], Number.NaN)],
  },
  "RoiAlign of the mean": {
    op: "RoiAlign",
    attributes: { coordinate_transformation_mode: "output_half_pixel", sampling_ratio: 1 },
    inputs: [x22, floats([2, 4], 0, 0, 1, 1, 9, 9, 12, 12), longs([2], 0, 0)],
    outputs: [floats([2, 1, 1, 1], 2.5, 0)],
  },
  "NonMaxSuppression of boxes that overlap": {
    op: "NonMaxSuppression",
    inputs: [
      floats([1, 3, 4], 0, 0, 1, 1, 0, 0, 1, 0.9, 0, 2, 1, 3),
      floats([1, 1, 3], 0.5, 0.9, 0.2),
      longs([1], 5),
      floats([1], 0.5),
      floats([1], 0.3),
    ],
    outputs: [longs([1, 3], 0, 0, 1)],
  },
  "NonMaxSuppression of none": {
    op: "NonMaxSuppression",
    inputs: [floats([1, 1, 4], 0, 0, 1, 1), floats([1, 1, 1], 0.5)],
    outputs: [longs([0, 3])],
  },
};

describe("operators of images", () => {
  it.each(Object.entries(cases))("%s", (_, test) => expectNode(test));

  it("a cubic Resize of a line keeps what lies within straight", () => {
    const line = floats([8], ...Array(8).keys());
    const { out0 } = runNode({
      op: "Resize",
      attributes: { mode: "cubic" },
      inputs: [line, undefined, floats([1], 4)],
      outputs: [floats([0])],
    });
    const slope = [...(out0!.data as Float32Array)].slice(8, 24);
    for (const [i, value] of slope.entries()) expect(value).toBeCloseTo((i + 8.5) / 4 - 0.5, 1);
  });

  const outputs = [floats([])];
  it.each<[string, OperatorTest, RegExp]>([
    [
      "DepthToSpace of too few channels",
      { op: "DepthToSpace", attributes: { blocksize: 2 }, inputs: [x22], outputs },
      /1 channels make no blocks of 2 by 2/,
    ],
    [
      "SpaceToDepth without a block",
      { op: "SpaceToDepth", inputs: [x22], outputs },
      /blocksize expected from 1, got 0/,
    ],
    [
      "Resize without scales",
      { op: "Resize", inputs: [x22], outputs },
      /^Resize node "out0": expected scales or sizes, got neither/,
    ],
    [
      "Resize by too few scales",
      { op: "Resize", inputs: [x22, undefined, floats([1], 2)], outputs },
      /expected 4 scales or sizes, got 1/,
    ],
    [
      "Resize by no number",
      { op: "Resize", inputs: [floats([1], 1), undefined, floats([1], Number.NaN)], outputs },
      /scales expected above 0, got NaN/,
    ],
    [
      "Resize in an unknown mode",
      { op: "Resize", attributes: { mode: "area" }, inputs: [x22, undefined, twice], outputs },
      /mode expected nearest, linear or cubic, got "area"/,
    ],
    [
      "Resize by an unknown transformation",
      { op: "Resize", attributes: { coordinate_transformation_mode: "no" }, inputs: [x22, undefined, twice], outputs },
      /coordinate_transformation_mode expected one of half_pixel/,
    ],
    [
      "Resize to more than memory",
      { op: "Resize", inputs: [x22, undefined, undefined, longs([4], 1, 1, 2 ** 26, 2 ** 26)], outputs },
      /bytes of memory/,
    ],
    [
      "Resize of nothing",
      { op: "Resize", inputs: [floats([0]), undefined, undefined, longs([1], 2)], outputs },
      /an empty value does not become larger/,
    ],
    [
      "GridSample of another rank",
      { op: "GridSample", inputs: [x22, floats([1, 1, 1], 0)], outputs },
      /expected a grid \[N, ..., 2\]/,
    ],
    [
      "RoiAlign of what is no image",
      { op: "RoiAlign", inputs: [x22, floats([1, 4], 0, 0, 1, 1), longs([1], 1)], outputs },
      /index 1 expected/,
    ],
    [
      "NonMaxSuppression of scores that do not fit",
      { op: "NonMaxSuppression", inputs: [floats([1, 1, 4], 0, 0, 1, 1), floats([1, 1, 2], 1, 1)], outputs },
      /expected boxes \[N, B, 4\]/,
    ],
  ])("%s is refused", (_, test, message) => {
    expect(() => runNode(test)).toThrow(message);
  });
});
