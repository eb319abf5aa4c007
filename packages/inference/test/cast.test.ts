import type { ElementType } from "@deep-compression/network";
import { ELEMENT_TYPES } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, expectNode, floats, longs, runNode } from "./operator-runs";

type Values = readonly (number | bigint)[];

function cast(from: ElementType, values: Values, to: ElementType) {
  const output = array(to, [0]);
  const input = array(from, [values.length], ...values);
  const { out0 } = runNode({
    op: "Cast",
    attributes: { to: ELEMENT_TYPES[to].code },
    inputs: [input],
    outputs: [output],
  });
  return [...(out0!.data as Iterable<number | bigint>)];
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

describe("Cast", () => {
  it.each<[ElementType, Values, ElementType, Values]>([
    ["float32", [1.9, -1.9, 0.5], "int32", [1, -1, 0]],
    ["float32", [1.9, -1.9, 2 ** 40], "int64", [1n, -1n, 2n ** 40n]],
    ["float32", [300, -5, nan, infinity], "uint8", [255, 0, 0, 255]],
    ["float64", [2 ** 70, -(2 ** 70), nan], "int64", [2n ** 63n - 1n, -(2n ** 63n), 0n]],
    ["float64", [2 ** 70, -1, 2 ** 63], "uint64", [2n ** 64n - 1n, 0n, 2n ** 63n]],
    ["float32", [0, -0, nan, 0.1], "bool", [0, 0, 1, 1]],
    ["int64", [200n, -1n, 2n ** 40n + 3n], "int8", [-56, -1, 3]],
    ["int64", [-1n, 2n ** 33n + 7n], "uint32", [2 ** 32 - 1, 7]],
    ["int16", [-1, 300], "uint64", [2n ** 64n - 1n, 300n]],
    ["uint64", [2n ** 64n - 1n], "int64", [-1n]],
    ["int32", [17, -1, 7], "uint4", [1, 15, 7]],
    ["int32", [9, -8, 7], "int4", [-7, -8, 7]],
    ["float32", [9, -20], "int4", [7, -8]],
    ["uint8", [0, 2], "bool", [0, 1]],
    ["bool", [0, 1], "float32", [0, 1]],
    ["float32", [1 + 2 ** -11, 1 + 3 * 2 ** -11, 70000], "float16", [1, 1 + 2 ** -9, infinity]],
    ["float32", [1 + 2 ** -8, 1 + 3 * 2 ** -8], "bfloat16", [1, 1 + 2 ** -6]],
    // By way of float32 these would be rounded twice, to what is even.
    ["float64", [1 + 2 ** -11 + 2 ** -40], "float16", [1 + 2 ** -10]],
    ["int64", [2n ** 60n + 2n ** 36n + 1n], "float32", [2 ** 60 + 2 ** 37]],
    ["int64", [-(2n ** 60n) - 2n ** 36n - 1n], "float32", [-(2 ** 60) - 2 ** 37]],
  ])("of %s %s to %s", (from, values, to, expected) => {
    expect(cast(from, values, to)).toEqual(expected);
  });

  it("of an int64 to float32 gives the nearest", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const [got] = cast("int64", [value], "float32") as [number];
        const away = (candidate: number) => {
          const difference = BigInt(candidate) - value;
          return difference < 0n ? -difference : difference;
        };
        const step = Math.max(1, 2 ** (Math.floor(Math.log2(Math.abs(got) || 1)) - 24));
        for (const other of [got - step, got + step].map(Math.fround)) if (away(other) < away(got)) return false;
        return true;
      }),
    );
  });

  it("in a heap that moves", () => {
    expectNode({ op: "Cast", attributes: { to: 1 }, inputs: [longs([2], 3, -4)], outputs: [floats([2], 3, -4)] });
    expectNode({
      op: "CastLike",
      inputs: [floats([2], 3.5, -4), longs([1], 0)],
      outputs: [longs([2], 3, -4)],
    });
  });

  it.each([
    [8, /to expected floats of 16, 32 or 64 bits, bool or integers, got code 8/],
    [17, /got float8e4m3fn/],
  ])("to type %i is refused", (to, message) => {
    expect(() => runNode({ op: "Cast", attributes: { to }, inputs: [floats([], 1)], outputs: [floats([])] })).toThrow(
      message,
    );
  });
});
