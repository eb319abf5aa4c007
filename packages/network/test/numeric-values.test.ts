import { toFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, type ElementType, floatTensor, numericValues } from "@deep-compression/network";
import { expect, test } from "vitest";

type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const bytesOf = ({ buffer }: Numbers | BigInt64Array | BigUint64Array) => new Uint8Array(buffer);

const halves = [1 / 3, -0, 2 ** -24, -65504, Number.POSITIVE_INFINITY];
const given: readonly (readonly [ElementType, Uint8Array, readonly number[]])[] = [
  ["bool", Uint8Array.of(0, 1), [0, 1]],
  ["uint4", Uint8Array.of(0xf1, 0xf7), [1, 15, 7]],
  ["int4", Uint8Array.of(0x8f, 0xf7), [-1, -8, 7]],
  ["uint8", Uint8Array.of(0, 255), [0, 255]],
  ["int8", Uint8Array.of(127, 128), [127, -128]],
  ["uint16", bytesOf(Uint16Array.of(1, 65535)), [1, 65535]],
  ["int16", bytesOf(Int16Array.of(-32768, 32767)), [-32768, 32767]],
  ["uint32", bytesOf(Uint32Array.of(3, 2 ** 32 - 1)), [3, 2 ** 32]],
  ["int32", bytesOf(Int32Array.of(-3, 2 ** 24 + 1)), [-3, 2 ** 24]],
  ["uint64", bytesOf(BigUint64Array.of(2n ** 64n - 1n)), [2 ** 64]],
  ["int64", bytesOf(BigInt64Array.of(-7n)), [-7]],
  ["float16", bytesOf(Uint16Array.from(halves, toFloat16)), [0.333251953125, ...halves.slice(1)]],
  ["bfloat16", bytesOf(Uint16Array.of(0x3f80, 0xc040, 0x8000, 0xff80)), [1, -3, -0, Number.NEGATIVE_INFINITY]],
  ["float32", bytesOf(Float32Array.of(1.5)), [1.5]],
  ["float64", bytesOf(Float64Array.of(1 / 3)), [Math.fround(1 / 3)]],
];

test.each(given)("the elements of %s are read as float32, wherever they lie", (type, bytes, values) => {
  const tensor = { name: "w", type, shape: [values.length] };
  expect([...numericValues({ ...tensor, bytes })]).toEqual(values);
  const behind = new Uint8Array(bytes.length + 1);
  behind.set(bytes, 1);
  expect([...numericValues({ ...tensor, bytes: behind.subarray(1) })]).toEqual(values);
});

test("small floats and complex numbers have no float32 values, and are named", () => {
  const read = new Set(given.map(([type]) => type));
  const others = (Object.keys(ELEMENT_TYPES) as ElementType[]).filter((type) => !read.has(type));
  expect(others.every((type) => /^(float8|float4|complex)/.test(type))).toBe(true);
  for (const type of others) {
    const bytes = new Uint8Array(Math.ceil(ELEMENT_TYPES[type].bits / 8));
    expect(() => numericValues({ name: "w", type, shape: [1], bytes })).toThrow(
      new TypeError(`tensor "w": expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`),
    );
  }
});

test("the bits of a NaN are kept", () => {
  const bits = Uint32Array.of(0xff810001, 0x7fc10001);
  const values = numericValues(floatTensor("w", [2], new Float32Array(bits.buffer)));
  expect(new Uint32Array(values.buffer, values.byteOffset, 2)).toEqual(bits);
});
