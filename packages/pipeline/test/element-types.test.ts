import { bytesSource, toFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, type ElementType, type Tensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { decompressed, storedIn } from "./opened";

async function valuesOf(tensor: Omit<Tensor, "name">): Promise<number[]> {
  const { bytes } = compress({ graph: undefined, tensors: [{ ...tensor, name: "w" }] }, { default: {} });
  const stored = await storedIn(bytes);
  if (stored.form !== "raw") throw new Error(`expected raw, got ${stored.form}`);
  return [...stored.values];
}

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

test.each(given)("the elements of %s are read as float32", async (type, bytes, values) => {
  expect(await valuesOf({ type, shape: [values.length], bytes })).toEqual(values);
});

test("small floats and complex numbers are no weights to run from, and are named", async () => {
  const read = new Set(given.map(([type]) => type));
  const others = (Object.keys(ELEMENT_TYPES) as ElementType[]).filter((type) => !read.has(type));
  expect(others.every((type) => /^(float8|float4|complex)/.test(type))).toBe(true);
  for (const type of others) {
    const bytes = new Uint8Array(Math.ceil(ELEMENT_TYPES[type].bits / 8));
    await expect(valuesOf({ type, shape: [1], bytes })).rejects.toThrow(
      new TypeError(`tensor "w": expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`),
    );
  }
});

test("the half of a byte that pads a tensor of four-bit elements is not kept", async () => {
  const kept = async (shape: number[], bytes: Uint8Array) => {
    const file = compress({ graph: undefined, tensors: [{ name: "w", type: "uint4", shape, bytes }] }, { default: {} });
    const [row] = (await (await open(bytesSource(file.bytes))).ledger()).rows;
    expect(file.ledger.rows[0].kept).toBe(row.kept);
    return row.kept;
  };
  expect(await kept([1], Uint8Array.of(0xff))).toBe(1);
  expect(await kept([1], Uint8Array.of(0xf0))).toBe(0);
  expect(await kept([3], Uint8Array.of(0x10, 0x01))).toBe(2);
  expect(await kept([4], Uint8Array.of(0x11, 0x11))).toBe(4);
});

test("a tensor with a 0 among sizes that multiply beyond all numbers has no elements, and comes back", async () => {
  const shape = [...new Array(21).fill(Number.MAX_SAFE_INTEGER), 0];
  const tensor: Tensor = { name: "none", type: "float32", shape, bytes: new Uint8Array(0) };
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: {} });
  expect(ledger.rows[0]).toMatchObject({ weights: 0, kept: 0, form: "raw" });
  expect((await decompressed(bytes)).tensors).toEqual([tensor]);
});
