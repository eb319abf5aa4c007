import { bytesSource, toFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, type Tensor } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { expect, test } from "vitest";
import { decompressed, storedIn } from "./opened";

async function valuesOf(tensor: Omit<Tensor, "name">): Promise<number[]> {
  const { bytes } = compress({ graph: undefined, tensors: [{ ...tensor, name: "w" }] }, { default: {} });
  const stored = await storedIn(bytes);
  if (stored.form !== "raw") throw new Error(`expected raw, got ${stored.form}`);
  return [...stored.values];
}

test("the elements of a tensor of another type than float32 come as raw values, as numericValues reads them", async () => {
  expect(await valuesOf({ type: "int4", shape: [3], bytes: Uint8Array.of(0x8f, 0xf7) })).toEqual([-1, -8, 7]);
  const halves = [0.333251953125, -0, -65504];
  const bytes = new Uint8Array(Uint16Array.from(halves, toFloat16).buffer);
  expect(await valuesOf({ type: "float16", shape: [3], bytes })).toEqual(halves);
});

test("small floats and complex numbers are no weights to run from, and are named", async () => {
  for (const type of ["float8e4m3fn", "complex64"] as const) {
    const bytes = new Uint8Array(ELEMENT_TYPES[type].bits / 8);
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
