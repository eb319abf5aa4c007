import { float } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { array, runNode } from "./one-node";

const values = (count: number, seed = 1) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed) * 3 + 1);

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** The numbers of a group less their mean, divided by the root of their variance plus epsilon. */
function normalized(x: Float32Array, groupOf: (index: number) => number, epsilon: number): number[] {
  const groups = new Map<number, number[]>();
  for (const [i, value] of x.entries()) groups.set(groupOf(i), [...(groups.get(groupOf(i)) ?? []), value]);
  return Array.from(x, (value, i) => {
    const group = groups.get(groupOf(i))!;
    const centre = mean(group);
    return (value - centre) / Math.sqrt(mean(group.map((other) => (other - centre) ** 2)) + epsilon);
  });
}

function expectClose(got: unknown, expected: readonly number[]): void {
  const data = got as Float32Array;
  expect(data.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(data[i]).toBeCloseTo(value, 5);
}

const [SCALE, BIAS] = [
  [0.5, -1, 2, 3],
  [1, 0, -2, 0.25],
];
const shape = [2, 4, 3, 2];
const x = values(48);
const channel = (i: number) => Math.floor(i / 6) % 4;

describe("normalizations", () => {
  it("BatchNormalization uses the moments that it is given", () => {
    const [centres, variances] = [
      [0, 1, -1, 2],
      [1, 4, 0.25, 9],
    ];
    const inputs = [array(shape, x), ...[SCALE, BIAS, centres, variances].map((list) => array([4], list!))];
    const expected = Array.from(x, (value, i) => {
      const c = channel(i);
      return ((value - centres![c]!) / Math.sqrt(variances![c]! + 0.1)) * SCALE![c]! + BIAS![c]!;
    });
    const attributes = { epsilon: float(0.1) };
    expectClose(runNode("BatchNormalization", inputs, { attributes })[0]!.data, expected);
    expectClose(runNode("BatchNormalization", inputs, { attributes, opset: 7 })[0]!.data, expected);
    expect(() => runNode("BatchNormalization", inputs, { outputs: 3 })).toThrow(/only given in training mode/);
    const short = [array(shape, x), ...[1, 2, 3, 4].map(() => array([3], [1, 1, 1]))];
    expect(() => runNode("BatchNormalization", short)).toThrow(/a parameter expected shape \[4\], got \[3\]/);
  });

  it("BatchNormalization of items of one dimension, and by element where spatial is 0", () => {
    const parameters = [SCALE, BIAS, [0, 0, 0, 0], [1, 1, 1, 1]].map((list) => array([4], list!));
    const attributes = { epsilon: float(0) };
    const expected = [0.5 + 1, -2, 6 - 2, 12.25];
    const [y] = runNode("BatchNormalization", [array([1, 4], [1, 2, 3, 4]), ...parameters], { attributes });
    expectClose(y!.data, expected);
    const square = parameters.map(({ data }) => ({ shape: [2, 2], data }));
    const options = { attributes: { ...attributes, spatial: 0 }, opset: 7 };
    const [z] = runNode("BatchNormalization", [array([1, 2, 2], [1, 2, 3, 4]), ...square], options);
    expectClose(z!.data, expected);
  });

  it("BatchNormalization in training mode uses the batch's moments, and mixes them into those that it is given", () => {
    const inputs = [array([2, 1, 2], [1, 2, 3, 6]), ...[[2], [1], [10], [20]].map((list) => array([1], list))];
    const attributes = { training_mode: 1, momentum: float(0.75), epsilon: float(0.5) };
    const [y, centre, variance] = runNode("BatchNormalization", inputs, { attributes, outputs: 3 });
    expectClose(centre!.data, [0.75 * 10 + 0.25 * 3]);
    expectClose(variance!.data, [0.75 * 20 + 0.25 * 3.5]);
    expectClose(
      y!.data,
      [-2, -1, 0, 3].map((distance) => (2 * distance) / 2 + 1),
    );
  });

  it("InstanceNormalization is of each channel of each item", () => {
    const [y] = runNode("InstanceNormalization", [array(shape, x), array([4], SCALE!), array([4], BIAS!)]);
    const expected = normalized(x, (i) => Math.floor(i / 6), 1e-5);
    expectClose(
      y!.data,
      expected.map((value, i) => value * SCALE![channel(i)]! + BIAS![channel(i)]!),
    );
  });

  it("GroupNormalization scales groups in version 18, channels from 21 on", () => {
    const attributes = { num_groups: 2 };
    const expected = normalized(x, (i) => Math.floor(i / 12), 1e-5);
    const groups = [array([2], [2, 3]), array([2], [1, -1])];
    const [old] = runNode("GroupNormalization", [array(shape, x), ...groups], { attributes, opset: 18 });
    expectClose(
      old!.data,
      expected.map((value, i) => value * [2, 3][Math.floor(i / 12) % 2]! + [1, -1][Math.floor(i / 12) % 2]!),
    );
    const channels = [array([4], SCALE!), array([4], BIAS!)];
    const [y] = runNode("GroupNormalization", [array(shape, x), ...channels], { attributes, opset: 21 });
    expectClose(
      y!.data,
      expected.map((value, i) => value * SCALE![channel(i)]! + BIAS![channel(i)]!),
    );
    const three = { attributes: { num_groups: 3 }, opset: 21 };
    expect(() => runNode("GroupNormalization", [array(shape, x), ...channels], three)).toThrow(/does not divide/);
  });

  it("LayerNormalization tells means and inverse deviations", () => {
    const [scale, bias] = [array([3, 2], [1, 2, 3, 4, 5, 6]), array([2], [0.5, -0.5])];
    const [y, means, inverses] = runNode("LayerNormalization", [array(shape, x), scale, bias], {
      attributes: { axis: 2 },
      outputs: 3,
    });
    const expected = normalized(x, (i) => Math.floor(i / 6), 1e-5);
    expectClose(
      y!.data,
      expected.map((value, i) => value * ((i % 6) + 1) + [0.5, -0.5][i % 2]!),
    );
    expect(means!.shape).toEqual([2, 4, 1, 1]);
    expectClose((means!.data as Float32Array).slice(0, 1), [mean([...x.slice(0, 6)])]);
    expect((inverses!.data as Float32Array)[0]).toBeGreaterThan(0);
    const [plain] = runNode("LayerNormalization", [array([2, 2], [1, 3, 5, 5]), array([2], [1, 1])]);
    expectClose(plain!.data, [-1 / Math.sqrt(1 + 1e-5), 1 / Math.sqrt(1 + 1e-5), 0, 0]);
    expect(() => runNode("LayerNormalization", [array([2, 2], [1, 3, 5, 5]), array([3], [1, 1, 1])])).toThrow(
      /Scale of shape \[3\] does not broadcast/,
    );
  });

  it("RMSNormalization divides by the root of the mean square", () => {
    const attributes = { epsilon: float(0) };
    const [y] = runNode("RMSNormalization", [array([2, 2], [3, 4, 1, 1]), array([2], [1, 2])], {
      attributes,
      opset: 23,
    });
    expectClose(y!.data, [3 / Math.sqrt(12.5), 8 / Math.sqrt(12.5), 1, 2]);
  });

  it("LRN divides by a power of the squares around", () => {
    const attributes = { size: 2, alpha: float(4), beta: float(0.5), bias: float(1) };
    const [y] = runNode("LRN", [array([1, 3, 1], [1, 2, 3])], { attributes });
    expectClose(y!.data, [1 / Math.sqrt(1 + 2 * 5), 2 / Math.sqrt(1 + 2 * 13), 3 / Math.sqrt(1 + 2 * 9)]);
    expect(() => runNode("LRN", [array([1, 3, 1], [1, 2, 3])])).toThrow(/size expected at least 1/);
  });

  it("MeanVarianceNormalization is over batch and space, or the axes named", () => {
    const [y] = runNode("MeanVarianceNormalization", [array(shape, x)]);
    expectClose(y!.data, normalized(x, channel, 0));
    const [z] = runNode("MeanVarianceNormalization", [array(shape, x)], { attributes: { axes: [-1, 1] } });
    expectClose(
      z!.data,
      normalized(x, (i) => Math.floor(i / 24) * 3 + (Math.floor(i / 2) % 3), 0),
    );
  });

  it("LpNormalization leaves zeros", () => {
    const input = array([2, 2], [3, 0, 4, 0]);
    expectClose(runNode("LpNormalization", [input], { attributes: { axis: 0 } })[0]!.data, [0.6, 0, 0.8, 0]);
    expectClose(runNode("LpNormalization", [input], { attributes: { axis: 0, p: 1 } })[0]!.data, [3 / 7, 0, 4 / 7, 0]);
    expectClose(runNode("LpNormalization", [input])[0]!.data, [1, 0, 1, 0]);
    expect(() => runNode("LpNormalization", [input], { attributes: { p: 3 } })).toThrow(/p expected 1 or 2/);
  });

  it.each([
    ["InstanceNormalization", [array([0, 4, 2], []), array([4], SCALE!), array([4], BIAS!)]],
    ["LayerNormalization", [array([0, 4], []), array([4], SCALE!)]],
    ["MeanVarianceNormalization", [array([0, 4, 1, 1], [])]],
    ["LpNormalization", [array([0, 4], [])]],
    ["LRN", [array([0, 4, 2], [])]],
    ["BatchNormalization", [array([0, 1], []), ...[1, 2, 3, 4].map(() => array([1], [1]))]],
  ])("%s of no items is nothing", (op, inputs) => {
    const [y] = runNode(op, inputs, { attributes: op === "LRN" ? { size: 1 } : {} });
    expect(y!.shape).toEqual(inputs[0]!.shape);
    expect(y!.data.length).toBe(0);
  });
});
