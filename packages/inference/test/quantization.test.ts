import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, indicesOf, numbersOf, placeIn, runNode, vector } from "./math-node";

const scalar = (type: ElementType, value: number) => array(type, [], [value]);

describe("QuantizeLinear", () => {
  it("rounds half to even, adds the zero point and keeps to the type", () => {
    const x = vector(0.5, 1.5, 2.5, -0.5, 300, -300);
    expect(numbersOf("QuantizeLinear", [x, scalar("float32", 1)])).toEqual([0, 2, 2, 0, 255, 0]);
    expect(numbersOf("QuantizeLinear", [x, scalar("float32", 1), scalar("int8", 1)])).toEqual([1, 3, 3, 1, 127, -128]);
  });

  it.each<[ElementType, number, number]>([
    ["int4", -8, 7],
    ["uint4", 0, 15],
    ["int16", -32_768, 32_767],
    ["uint16", 0, 65_535],
  ])("%s, by output_dtype", (type, least, greatest) => {
    const attributes = { output_dtype: ELEMENT_TYPES[type].code };
    const got = runNode("QuantizeLinear", [vector(-1e9, 3, 1e9), scalar("float32", 1)], { attributes })[0]!;
    expect(got.type).toBe(type);
    expect(Array.from(got.data, Number)).toEqual([least, 3, greatest]);
  });

  it("refuses other types and scales that do not fit", () => {
    const one = scalar("float32", 1);
    expect(() => runNode("QuantizeLinear", [vector(1), one], { attributes: { output_dtype: 17 } })).toThrow(
      "expected quantized integers of 4, 8 or 16 bits, got float8e4m3fn",
    );
    const x = array("float32", [2, 2], [1, 2, 3, 4]);
    expect(() => runNode("QuantizeLinear", [x, vector(1, 2, 3)])).toThrow("scale expected shape [2], got [3]");
    expect(() => runNode("QuantizeLinear", [x, vector(1, 2), scalar("int8", 1)])).toThrow("expected 2 zero points");
  });
});

describe("DequantizeLinear", () => {
  it("takes a scale for all, for an index of an axis, or for a block", () => {
    const x = array("int8", [2, 3], [1, 2, 3, 4, 5, 6]);
    const dequantized = (scale: ReturnType<typeof vector>, attributes = {}) =>
      numbersOf("DequantizeLinear", [x, scale], { attributes });
    expect(dequantized(scalar("float32", 2))).toEqual([2, 4, 6, 8, 10, 12]);
    expect(dequantized(vector(1, 2, 3))).toEqual([1, 4, 9, 4, 10, 18]);
    expect(dequantized(vector(1, 10), { axis: 0 })).toEqual([1, 2, 3, 40, 50, 60]);
    const blocks = array("float32", [2, 2], [1, 2, 3, 4]);
    expect(dequantized(blocks, { axis: 1, block_size: 2 })).toEqual([1, 2, 6, 12, 15, 24]);
  });

  it.each<ElementType>(["int4", "uint4", "uint8", "int16", "uint16", "int32"])("of %s less its zero point", (type) => {
    expect(numbersOf("DequantizeLinear", [array(type, [2], [7, 1]), scalar("float32", 0.5), scalar(type, 3)])).toEqual([
      2, -1,
    ]);
  });

  it("gives back what was quantized, to half a step", () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
        const [scale, zero] = [scalar("float32", 1 / 64), scalar("int8", 3)];
        const quantized = runNode("QuantizeLinear", [vector(...values), scale, zero])[0]!;
        const got = numbersOf("DequantizeLinear", [quantized, scale, zero]);
        for (const [i, value] of values.entries()) expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(1 / 128);
      }),
    );
  });
});

describe("DynamicQuantizeLinear", () => {
  it("holds the range and 0", () => {
    const results = runNode("DynamicQuantizeLinear", [vector(0, 2, -3, -2.5, 1.34, 0.5)], { outputs: 3 });
    const [y, scale, zero] = results.map(({ data }) => Array.from(data, Number));
    expect(y).toEqual([153, 255, 0, 26, 221, 179]);
    expect(scale![0]).toBeCloseTo(5 / 255, 7);
    expect(zero).toEqual([153]);
  });

  it("of zeros is zeros", () => {
    expect(numbersOf("DynamicQuantizeLinear", [vector(0, 0)], { outputs: 3 })).toEqual([0, 0]);
  });
});

/** Two stacks of matrices whose first dimensions broadcast, with a zero point for each row of the left and column of the right. */
const product = fc
  .record({
    m: fc.integer({ min: 1, max: 4 }),
    n: fc.integer({ min: 1, max: 4 }),
    k: fc.integer({ min: 0, max: 5 }),
    stack: fc.constantFrom([], [1], [3]),
    own: fc.boolean(),
  })
  .chain(({ m, n, k, stack, own }) => {
    const bytes = (count: number) => fc.array(fc.integer({ min: 0, max: 255 }), { minLength: count, maxLength: count });
    const count = stack[0] ?? 1;
    return fc.record({
      a: bytes(m * k).map((values) => array("uint8", [m, k], values)),
      b: bytes(count * k * n).map((values) => array("uint8", [...stack, k, n], values)),
      zeroA: bytes(own ? m : 1).map((values) => array("uint8", own ? [m] : [], values)),
      zeroB: bytes(own ? n : 1).map((values) => array("uint8", own ? [n] : [], values)),
    });
  });

describe("products of integers", () => {
  it("MatMulInteger is exact for any stacks and zero points", () => {
    fc.assert(
      fc.property(product, ({ a, b, zeroA, zeroB }) => {
        const [m, k] = a.shape as [number, number];
        const shape = [...b.shape.slice(0, -2), m, b.shape.at(-1)!];
        const expected = indicesOf(shape).map((index) => {
          const [stack, [row, column]] = [index.slice(0, -2), index.slice(-2) as [number, number]];
          let sum = 0;
          for (let i = 0; i < k; i++) {
            const x = Number(a.data[row * k + i]) - Number(zeroA.data[zeroA.data.length === 1 ? 0 : row]);
            const y = Number(b.data[placeIn(b.shape, [...stack, i, column])]);
            sum += x * (y - Number(zeroB.data[zeroB.data.length === 1 ? 0 : column]));
          }
          return sum;
        });
        const [got] = runNode("MatMulInteger", [a, b, zeroA, zeroB]);
        expect(got!.shape).toEqual(shape);
        expect(Array.from(got!.data, Number)).toEqual(expected);
      }),
    );
  });

  it.each(["wasm", "plain"] as const)(
    "sums of more products than float32 holds are exact with %s kernels",
    (kernels) => {
      const [a, b] = [
        array("uint8", [1, 1000], new Array(1000).fill(255)),
        array("uint8", [1000, 1], new Array(1000).fill(255)),
      ];
      expect(numbersOf("MatMulInteger", [a, b], { kernels })).toEqual([65_025_000]);
      const odd = array("uint8", [1, 1000], [...new Array(999).fill(255), 254]);
      expect(numbersOf("MatMulInteger", [odd, b], { kernels })).toEqual([65_024_745]);
    },
  );

  it("QLinearMatMul rounds half to even and keeps to the type", () => {
    const a = array("int8", [2, 1], [1, 127]);
    const b = array("int8", [1, 2], [3, 127]);
    const [half, one] = [scalar("float32", 0.5), scalar("float32", 1)];
    const zero = scalar("int8", 0);
    // 1.5, 63.5, 190.5, 8064.5
    expect(numbersOf("QLinearMatMul", [a, half, zero, b, one, zero, one, scalar("uint8", 0)])).toEqual([
      2, 64, 190, 255,
    ]);
  });

  it("takes stacks of matrices of no elements at once, many as they are", () => {
    const many = array("int8", [2 ** 26, 0, 0], []);
    expect(runNode("MatMulInteger", [many, many])[0]!.shape).toEqual([2 ** 26, 0, 0]);
  });

  it("refuses other types and shapes", () => {
    const x = array("int8", [2, 3], [1, 2, 3, 4, 5, 6]);
    expect(() => runNode("MatMulInteger", [x, x])).toThrow(
      'MatMulInteger node "y0": shapes [2,3] and [2,3] are not those of a product of matrices',
    );
    expect(() => runNode("MatMulInteger", [vector(1), vector(1)])).toThrow("expected int8 or uint8, got float32");
    const y = array("int8", [3, 1], [1, 2, 3]);
    expect(() => runNode("MatMulInteger", [x, y, array("int8", [3], [1, 2, 3])])).toThrow("one a row or column");
  });
});
