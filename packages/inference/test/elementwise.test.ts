import type { ShapedArray } from "@deep-compression/inference";
import type { ElementType } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, indicesOf, type NodeOptions, numbersOf, placeIn, runNode, vector } from "./math-node";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const typed =
  (type: ElementType) =>
  (...values: readonly number[]) =>
    array(type, [values.length], values);
const [int8, uint8, int32, int64, bool] = (["int8", "uint8", "int32", "int64", "bool"] as const).map(typed) as [
  typeof vector,
  typeof vector,
  typeof vector,
  typeof vector,
  typeof vector,
];

type Row = [op: string, inputs: readonly ShapedArray[], expected: readonly number[], options?: NodeOptions];

describe("values by hand", () => {
  it.each<Row>([
    ["Add", [int8(100), int8(100)], [-56]],
    ["Sub", [uint8(1), uint8(2)], [255]],
    ["Mul", [int32(65_537), int32(65_537)], [131_073]],
    ["Mul", [vector(2, nan, infinity), vector(3, 1, 0)], [6, nan, nan]],
    ["Div", [int32(7, -7, 7, 5), int32(2, 2, -2, 0)], [3, -3, -3, 0]],
    ["Div", [int64(7, -7, 5), int64(2, 2, 0)], [3, -3, 0]],
    ["Div", [vector(1, -1, 0), vector(0, 0, 0)], [infinity, -infinity, nan]],
    ["Mod", [int32(-7, 7, -7, 7), int32(3, -3, -3, 0)], [2, -2, -1, 0]],
    ["Mod", [int64(-7, 7, -7, 7), int64(3, -3, -3, 0)], [2, -2, -1, 0]],
    ["Mod", [int64(-7, 7), int64(3, -3)], [-1, 1], { attributes: { fmod: 1 } }],
    ["Mod", [vector(-7.5, 7.5), vector(2, -2)], [-1.5, 1.5], { attributes: { fmod: 1 } }],
    ["Pow", [vector(2, -1, 1, -8), vector(10, infinity, nan, 1 / 3)], [1024, 1, 1, nan]],
    ["Pow", [vector(-3, 2), array("int64", [], [2])], [9, 4]],
    ["Pow", [int32(3, -1, 2, 7), int32(21, -3, -1, 0)], [1_870_418_611, -1, 0, 1]],
    ["Max", [vector(1, nan, 3), vector(2, 2, nan), vector(0, 0, 9)], [2, nan, nan]],
    ["Min", [int64(1, 5), array("int64", [], [3])], [1, 3]],
    ["Sum", [vector(1, 2), vector(3, 4), vector(5, 6)], [9, 12]],
    ["Mean", [vector(1, 2), vector(3, 4), vector(5, 9)], [3, 5]],
    ["Mean", [vector(1, 2)], [1, 2]],
    ["BitShift", [uint8(255, 1), uint8(1, 9)], [254, 0], { attributes: { direction: "LEFT" } }],
    ["BitShift", [uint8(255, 1), uint8(1, 200)], [127, 0], { attributes: { direction: "RIGHT" } }],
    ["BitwiseAnd", [int8(-1, 6), int8(5, 3)], [5, 2]],
    ["BitwiseOr", [int64(4, -2), int64(1, 1)], [5, -1]],
    ["BitwiseXor", [uint8(255, 6), uint8(5, 3)], [250, 5]],
    ["BitwiseNot", [uint8(0, 255)], [255, 0]],
    ["Neg", [int8(-128, 5)], [-128, -5]],
    ["Abs", [int64(-3, 4)], [3, 4]],
    ["Sign", [vector(-2, 0, 3, nan)], [-1, 0, 1, nan]],
    ["Round", [vector(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4)], [0, 2, 2, -0, -2, -2, 2]],
    ["Ceil", [vector(-1.5, 1.2)], [-1, 2]],
    ["Floor", [vector(-1.5, 1.2)], [-2, 1]],
    ["Reciprocal", [vector(4, 0)], [0.25, infinity]],
    ["IsNaN", [vector(nan, 1)], [1, 0]],
    ["IsInf", [vector(infinity, -infinity, nan)], [1, 1, 0]],
    ["IsInf", [vector(infinity, -infinity)], [0, 1], { attributes: { detect_positive: 0 } }],
    ["Equal", [vector(1, nan), vector(1, nan)], [1, 0]],
    ["Equal", [bool(1, 0), bool(1, 1)], [1, 0]],
    ["Greater", [int64(2, 1), int64(1, 2)], [1, 0]],
    ["LessOrEqual", [vector(1, nan), vector(1, 1)], [1, 0]],
    ["And", [bool(1, 1), bool(1, 0)], [1, 0]],
    ["Xor", [bool(1, 1), bool(1, 0)], [0, 1]],
    ["Not", [bool(1, 0)], [0, 1]],
    ["Where", [bool(1, 0), int64(1, 2), int64(3, 4)], [1, 4]],
  ])("%s %#", (op, inputs, expected, options) => {
    expect(numbersOf(op, inputs, options)).toEqual(expected);
  });

  it("integers of 64 bits are exact and wrap", () => {
    const big = { type: "int64", shape: [1], data: BigInt64Array.of(2n ** 62n + 1n) } as const;
    expect(runNode("Add", [big, big])[0]!.data).toEqual(BigInt64Array.of(-(2n ** 63n) + 2n));
    const three = array("int64", [1], [3]);
    const power = runNode("Pow", [three, { type: "int64", shape: [1], data: BigInt64Array.of(2n ** 62n + 41n) }]);
    expect(power[0]!.data).toEqual(BigInt64Array.of(BigInt.asIntN(64, 3n ** 41n)));
  });

  it("before opset 7 the second operand may begin at an axis of the first", () => {
    const x = array("float32", [1, 2, 2], [1, 2, 3, 4]);
    const options = { opset: 6, attributes: { broadcast: 1, axis: 1 } };
    expect(numbersOf("Add", [x, vector(10, 20)], options)).toEqual([11, 12, 23, 24]);
    expect(numbersOf("Pow", [x, vector(1, 2)], options)).toEqual([1, 2, 9, 16]);
    expect(numbersOf("Add", [x, vector(10, 20)], { opset: 6, attributes: { broadcast: 1 } })).toEqual([11, 22, 13, 24]);
  });

  it("floats of 16 bits are rounded to their type", () => {
    expect(numbersOf("Add", [array("float16", [1], [2048]), array("float16", [1], [1])])).toEqual([2048]);
    expect(numbersOf("Add", [array("bfloat16", [1], [256]), array("bfloat16", [1], [3])])).toEqual([260]);
  });

  it.each<[string, readonly ShapedArray[], string, NodeOptions?]>([
    ["Add", [vector(1), int32(1)], 'Add node "y0": expected two of float32, got int32'],
    ["Add", [bool(1), bool(1)], 'Add node "y0": expected float or integer, got bool'],
    ["Add", [vector(1, 2), vector(1, 2, 3)], 'Add node "y0": shapes [2] and [3] do not broadcast'],
    ["And", [int8(1), int8(1)], 'And node "y0": expected bool, got int8'],
    ["Sqrt", [int32(1)], 'Sqrt node "y0": expected float, got int32'],
    ["Mod", [vector(1), vector(1)], 'Mod node "y0": floats need fmod = 1'],
    ["BitShift", [uint8(1), uint8(1)], 'BitShift node "y0": direction expected LEFT or RIGHT, got ""'],
    ["PRelu", [vector(1, 2), array("float32", [2, 1], [1, 2])], 'PRelu node "y0": slope of shape [2,1] does not'],
  ])("%s refuses what it does not take", (op, inputs, message, options) => {
    expect(() => runNode(op, inputs, options)).toThrow(message);
  });
});

/** A shape, and two that broadcast to it: each axis of either may be 1, and the first axes of one may be left out. */
const broadcast = fc
  .array(fc.record({ size: fc.integer({ min: 0, max: 4 }), own: fc.constantFrom("both", "first", "second") }), {
    maxLength: 4,
  })
  .chain((axes) =>
    fc.tuple(fc.integer({ min: 0, max: axes.length }), fc.constantFrom(1, 5)).map(([cut, wide]) => {
      // Long rows are combined by the kernels, one after the other.
      const sizes = axes.map(({ size, own }, axis) => ({ own, size: axis === axes.length - 1 ? wide * size : size }));
      return {
        a: sizes.map(({ size, own }) => (own === "second" ? 1 : size)),
        b: sizes.map(({ size, own }, axis) => (own === "first" || axis < cut ? 1 : size)).slice(cut),
      };
    }),
  );

describe("properties", () => {
  it.each<[string, (a: number, b: number) => number]>([
    ["Add", (a, b) => a + b],
    ["Sub", (a, b) => a - b],
    ["Mul", (a, b) => a * b],
    ["Div", (a, b) => a / b],
    ["Max", Math.max],
    ["Less", (a, b) => Number(a < b)],
  ])("%s is what it says at every index of any shapes that broadcast", (op, compute) => {
    fc.assert(
      fc.property(broadcast, fc.infiniteStream(fc.float()), fc.boolean(), ({ a, b }, stream, isPlain) => {
        const values = (shape: readonly number[]) =>
          array(
            "float32",
            shape,
            indicesOf(shape).map(() => stream.next().value as number),
          );
        const [x, y] = [values(a), values(b)];
        const shape = a.map((size, axis) => {
          const other = b[axis - a.length + b.length] ?? 1;
          return size === 1 ? other : size;
        });
        const [got] = runNode(op, [x, y], { kernels: isPlain ? "plain" : "wasm" });
        expect(got!.shape).toEqual(shape);
        const expected = indicesOf(shape).map((index) =>
          Math.fround(compute(x.data[placeIn(a, index)] as number, y.data[placeIn(b, index)] as number)),
        );
        expect(Array.from(got!.data, Number)).toEqual(expected);
      }),
    );
  });

  it("Where chooses at every index of shapes that broadcast", () => {
    const condition = array("bool", [2, 1], [1, 0]);
    const x = array("float32", [1, 3], [1, 2, 3]);
    expect(numbersOf("Where", [condition, x, array("float32", [], [9])])).toEqual([1, 2, 3, 9, 9, 9]);
  });
});
