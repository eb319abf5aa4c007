import type { ElementType } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, indicesOf, type NodeOptions, numbersOf, placeIn, runNode, vector } from "./math-node";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const NAIVE: Readonly<Record<string, (values: readonly number[]) => number>> = {
  ReduceSum: sum,
  ReduceMean: (values) => sum(values) / values.length,
  ReduceMax: (values) => Math.max(...values),
  ReduceMin: (values) => Math.min(...values),
  ReduceProd: (values) => values.reduce((product, value) => product * value, 1),
  ReduceL1: (values) => sum(values.map(Math.abs)),
  ReduceL2: (values) => Math.sqrt(sum(values.map((value) => value * value))),
  ReduceLogSum: (values) => Math.log(sum(values)),
  ReduceLogSumExp: (values) => Math.log(sum(values.map(Math.exp))),
  ReduceSumSquare: (values) => sum(values.map((value) => value * value)),
};

describe("reductions", () => {
  const axes = fc.integer({ min: 0, max: 4 }).chain((rank) =>
    fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rank, maxLength: rank }),
      taken: fc.array(fc.boolean(), { minLength: rank, maxLength: rank }),
      fromBehind: fc.boolean(),
      keeps: fc.boolean(),
      isAttribute: fc.boolean(),
      values: fc.array(fc.double({ min: 0.25, max: 3, noNaN: true }), { minLength: 256, maxLength: 256 }),
    }),
  );

  it.each(Object.entries(NAIVE))("%s over any axes is what it says of the elements taken together", (op, naive) => {
    fc.assert(
      fc.property(axes, ({ shape, taken, fromBehind, keeps, isAttribute, values }) => {
        const all = indicesOf(shape);
        const rank = shape.length;
        const named = shape.flatMap((_, axis) => (taken[axis] ? [fromBehind ? axis - rank : axis] : []));
        const isTaken = (axis: number) => taken[axis] || named.length === 0;
        const kept = shape.map((size, axis) => (isTaken(axis) ? 1 : size));
        const groups: number[][] = indicesOf(kept).map(() => []);
        for (const [i, index] of all.entries()) groups[placeIn(kept, index)]!.push(values[i]!);
        const x = array("float64", shape, values.slice(0, all.length));
        const [result] = runNode(op, isAttribute ? [x] : [x, array("int64", [named.length], named)], {
          attributes: { keepdims: Number(keeps), ...(isAttribute && named.length > 0 && { axes: named }) },
          opset: isAttribute ? 12 : 18,
        });
        expect(result!.shape).toEqual(keeps ? kept : kept.filter((_, axis) => !isTaken(axis)));
        for (const [i, group] of groups.entries()) {
          const expected = naive(group);
          expect(Math.abs((result!.data[i] as number) - expected)).toBeLessThanOrEqual(
            1e-12 + 1e-12 * Math.abs(expected),
          );
        }
      }),
    );
  });

  it.each<[string, number]>([
    ["ReduceSum", 0],
    ["ReduceMean", nan],
    ["ReduceMax", -infinity],
    ["ReduceMin", infinity],
    ["ReduceProd", 1],
    ["ReduceLogSum", -infinity],
    ["ReduceLogSumExp", -infinity],
  ])("%s of nothing", (op, expected) => {
    expect(numbersOf(op, [array("float32", [2, 0], [])], { attributes: { axes: [1] }, opset: 12 })).toEqual([
      expected,
      expected,
    ]);
  });

  it.each<[string, ElementType, readonly number[], number]>([
    ["ReduceSum", "int8", [100, 100], -56],
    ["ReduceProd", "int32", [65_537, 65_537], 131_073],
    ["ReduceProd", "int64", [-3, 5], -15],
    ["ReduceMean", "int32", [-3, -4], -3],
    ["ReduceMax", "uint8", [3, 250], 250],
    ["ReduceMin", "uint64", [3, 250], 3],
    ["ReduceMax", "uint8", [], 0],
    ["ReduceMin", "int8", [], 127],
    ["ReduceMax", "bool", [0, 1], 1],
    ["ReduceL1", "int64", [-3, 4], 7],
    ["ReduceL2", "int64", [-3, 4], 5],
    ["ReduceSumSquare", "int32", [-3, 4], 25],
  ])("%s of %s %j", (op, type, values, expected) => {
    expect(numbersOf(op, [array(type, [values.length], values)])).toEqual([expected]);
  });

  it("NaN is the maximum and the minimum; an infinite maximum leaves the sum of powers", () => {
    expect(numbersOf("ReduceMax", [vector(1, nan, 3)])).toEqual([nan]);
    expect(numbersOf("ReduceMin", [vector(1, nan, 3)])).toEqual([nan]);
    expect(numbersOf("ReduceLogSumExp", [vector(1, infinity)])).toEqual([infinity]);
    expect(numbersOf("ReduceLogSumExp", [vector(-infinity, -infinity)])).toEqual([-infinity]);
    expect(numbersOf("ReduceLogSumExp", [vector(1000, 1000)])[0]).toBeCloseTo(1000.6931, 3);
  });

  it("no axes take all together, or with noop_with_empty_axes none", () => {
    const attributes = { noop_with_empty_axes: 1 };
    expect(numbersOf("ReduceSum", [vector(1, 2)])).toEqual([3]);
    expect(numbersOf("ReduceSum", [vector(1, 2)], { attributes })).toEqual([1, 2]);
    expect(numbersOf("ReduceSumSquare", [vector(1, 2)], { attributes })).toEqual([1, 4]);
  });

  it("refuses an axis that is not there", () => {
    const inputs = [vector(1, 2), array("int64", [1], [1])];
    expect(() => runNode("ReduceSum", inputs)).toThrow('ReduceSum node "y0": axis 1 expected one of 1 dimensions');
  });
});

describe("ArgMax and ArgMin", () => {
  const x = array("float32", [2, 3], [1, 3, 3, 5, 2, 2]);

  it.each<[string, readonly number[], NodeOptions]>([
    ["ArgMax", [1, 0, 0], {}],
    ["ArgMax", [1, 0], { attributes: { axis: 1 } }],
    ["ArgMax", [2, 0], { attributes: { axis: -1, select_last_index: 1 } }],
    ["ArgMin", [0, 1], { attributes: { axis: 1 } }],
    ["ArgMin", [0, 2], { attributes: { axis: 1, select_last_index: 1 } }],
  ])("%s %#", (op, expected, options) => {
    expect(numbersOf(op, [x], options)).toEqual(expected);
  });

  it("NaN is found, and nothing is not", () => {
    expect(numbersOf("ArgMax", [vector(1, nan, 3, nan)])).toEqual([1]);
    expect(numbersOf("ArgMin", [vector(1, nan, 3, nan)], { attributes: { select_last_index: 1 } })).toEqual([3]);
    expect(() => runNode("ArgMax", [array("float32", [2, 0], [])], { attributes: { axis: 1 } })).toThrow(
      'ArgMax node "y0": axis 1 expected at least one element, got none',
    );
    expect(runNode("ArgMax", [array("float32", [0, 2], [])], { attributes: { axis: 1 } })[0]!.shape).toEqual([0, 1]);
  });
});

describe("TopK", () => {
  const three = array("int64", [1], [3]);

  it("of equals the first comes first, and NaN is the greatest", () => {
    const [values, indices] = runNode("TopK", [vector(1, 5, nan, 5, 2), three], { outputs: 2 });
    expect(Array.from(values!.data, Number)).toEqual([nan, 5, 5]);
    expect(indices!.data).toEqual(BigInt64Array.of(2n, 1n, 3n));
  });

  it("takes the least, along any axis, of integers too", () => {
    const x = array("int64", [3, 2], [3, 6, 1, 5, 2, 4]);
    const two = array("int64", [1], [2]);
    const [values, indices] = runNode("TopK", [x, two], { outputs: 2, attributes: { axis: 0, largest: 0 } });
    expect(values!.data).toEqual(BigInt64Array.of(1n, 4n, 2n, 5n));
    expect(indices!.data).toEqual(BigInt64Array.of(1n, 2n, 2n, 1n));
  });

  it("takes k as an attribute before opset 10, and refuses more than there are", () => {
    expect(numbersOf("TopK", [vector(1, 3, 2)], { opset: 9, attributes: { k: 2 } })).toEqual([3, 2]);
    expect(() => runNode("TopK", [vector(1, 2), three])).toThrow('TopK node "y0": k expected 0 to 2, got 3');
  });
});

describe("CumSum", () => {
  const axis = array("int64", [], [0]);

  it.each<[exclusive: number, reverse: number, expected: readonly number[]]>([
    [0, 0, [1, 3, 6]],
    [1, 0, [0, 1, 3]],
    [0, 1, [6, 5, 3]],
    [1, 1, [5, 3, 0]],
  ])("exclusive %s, reverse %s", (exclusive, reverse, expected) => {
    for (const type of ["float32", "int32", "int64"] as const)
      expect(numbersOf("CumSum", [array(type, [3], [1, 2, 3]), axis], { attributes: { exclusive, reverse } })).toEqual(
        expected,
      );
  });

  it("sums along the axis named", () => {
    const x = array("float32", [2, 2], [1, 2, 3, 4]);
    expect(numbersOf("CumSum", [x, axis])).toEqual([1, 2, 4, 6]);
    expect(numbersOf("CumSum", [x, array("int32", [1], [-1])])).toEqual([1, 3, 3, 7]);
  });
});
