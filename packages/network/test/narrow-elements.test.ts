import {
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  elementsOfValues,
  narrowElements,
  narrowerTypes,
  numberType,
  numericValues,
  valuesOfType,
  widenElements,
} from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const types = Object.keys(ELEMENT_TYPES) as ElementType[];
const pairs = types.flatMap((type) => narrowerTypes(type).map((to) => ({ type, to })));

/** Elements of a type that come of numbers which other types have too, or of any bits. */
function elements(type: ElementType): fc.Arbitrary<Uint8Array> {
  const length = elementBytes(type, 6);
  const any = fc.uint8Array({ minLength: length, maxLength: length });
  const odd = [0, -0, 1, -1, 127, 128, 255, 256, -128, -129, 0.5, 65504, 65520, 2 ** -24, 2 ** 31, 2 ** -149, 3e38];
  const numbers = fc.array(fc.constantFrom(...odd), { minLength: 6, maxLength: 6 }).map((values) => {
    try {
      return elementsOfValues(type, Float32Array.from(values));
    } catch {
      return elementsOfValues(type, new Float32Array(6));
    }
  });
  return fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: numbers });
}

test("elements that are narrowed come back bit for bit, those that are not do not fit", () => {
  let narrowed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...pairs).chain((pair) => fc.tuple(fc.constant(pair), elements(pair.type))),
      ([{ type, to }, wide]) => {
        const narrow = narrowElements(wide, { type, to });
        if (narrow === undefined) return;
        narrowed++;
        expect(narrow.length).toBe(elementBytes(to, 6));
        expect(widenElements(narrow, { type, from: to })).toEqual(wide);
      },
    ),
    { numRuns: 5 * numRuns },
  );
  expect(narrowed).toBeGreaterThan(numRuns);
});

test("what a narrower type holds is found narrow, in each type that it may be stored in", () => {
  for (const { type, to } of pairs) {
    const least = to.startsWith("u") ? 0 : -3;
    const narrow = elementsOfValues(to, Float32Array.of(least, 0, 1, 100));
    expect(narrowElements(widenElements(narrow, { type, from: to }), { type, to }), `${type} in ${to}`).toEqual(narrow);
  }
});

test("-0, NaN and infinities are not lost to integers or to floats", () => {
  const wide = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const narrow = (to: ElementType, ...values: number[]) => narrowElements(wide(...values), { type: "float32", to });
  expect(narrow("int8", 1, -0)).toBeUndefined();
  expect(narrow("float16", 1, -0)).toEqual(Uint8Array.of(0, 0x3c, 0, 0x80));
  expect(narrow("bfloat16", 1, -0)).toEqual(Uint8Array.of(0x80, 0x3f, 0, 0x80));
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, 1e30, 1 / 3]) {
    for (const to of narrowerTypes("float32")) expect(narrow(to, odd), `${odd} in ${to}`).toBeUndefined();
  }
});

test("elements are the mirror of their values, rounded to the nearest, ties to even", () => {
  expect(elementsOfValues("bfloat16", Float32Array.of(1.00390625, 1.01171875, 1.005))).toEqual(
    Uint8Array.of(0x80, 0x3f, 0x82, 0x3f, 0x81, 0x3f),
  );
  expect(valuesOfType("float16", Float32Array.of(65519, 2 ** -26))).toEqual(Float32Array.of(65504, 0));
  expect(elementsOfValues("int4", Float32Array.of(-8, 7, -1))).toEqual(Uint8Array.of(0x78, 0x0f));
  expect(elementsOfValues("int64", Float32Array.of(-(2 ** 63), -1))).toEqual(
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80, 255, 255, 255, 255, 255, 255, 255, 255),
  );
  expect(elementsOfValues("uint64", Float32Array.of(2 ** 63 + 2 ** 40))).toEqual(
    Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 0x80),
  );
  expect(elementsOfValues("bool", Float32Array.of(255, 0))).toEqual(Uint8Array.of(255, 0));
  for (const type of types.filter((one) => numberType(one) === one)) {
    const values = Float32Array.of(0, 1, 5, 7);
    const tensor = { name: "w", type, shape: [4], bytes: elementsOfValues(type, values) };
    expect(numericValues(tensor), type).toEqual(values);
  }
});

test("a number that a type lacks is out-of-range and told", () => {
  const refused: readonly (readonly [ElementType, number])[] = [
    ["float16", 65520],
    ["bfloat16", 3.4e38],
    ["int8", 128],
    ["int8", -0],
    ["uint8", -1],
    ["uint4", 16],
    ["int64", 2 ** 63],
    ["int32", 0.5],
    ["float8e5m2", 256],
    ["float64", Number.POSITIVE_INFINITY],
  ];
  for (const [type, value] of refused) {
    const run = () => elementsOfValues(type, Float32Array.of(value));
    expect(run, type).toThrow(expect.objectContaining({ code: "out-of-range" }));
  }
  expect(() => elementsOfValues("complex64", new Float32Array(1))).toThrow(TypeError);
});
