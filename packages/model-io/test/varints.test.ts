import { FormatError } from "@deep-compression/bits";
import { packVarints, unpackVarints } from "@deep-compression/model-io";
import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";
import fc from "fast-check";
import { PbfWriter } from "pbf";
import { expect, test } from "vitest";

const types = Object.keys(ELEMENT_TYPES) as ElementType[];

/** The varints that another writer packs of these numbers. */
function packedByPbf(values: readonly number[]): Uint8Array {
  const pbf = new PbfWriter();
  for (const value of values) pbf.writeVarint(value);
  return pbf.finish();
}

test("signed elements are extended by their sign, all others by zeros", () => {
  const bytesOf = (array: { readonly buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);
  const ints = [-1, 0, 1, 127, 128, -(2 ** 31), 2 ** 31 - 1];
  expect(packVarints("int32", bytesOf(Int32Array.from(ints)))).toEqual(packedByPbf(ints));
  expect(packVarints("int64", bytesOf(BigInt64Array.from(ints, BigInt)))).toEqual(packedByPbf(ints));
  expect(packVarints("int8", Uint8Array.of(255, 5))).toEqual(packedByPbf([-1, 5]));
  expect(packVarints("int16", Uint8Array.of(254, 255))).toEqual(packedByPbf([-2]));
  expect(packVarints("uint8", Uint8Array.of(255, 5))).toEqual(packedByPbf([255, 5]));
  expect(packVarints("float16", Uint8Array.of(255, 255))).toEqual(packedByPbf([65_535]));
  expect(packVarints("uint32", new Uint8Array(4).fill(255))).toEqual(packedByPbf([2 ** 32 - 1]));
  expect(packVarints("int4", Uint8Array.of(0xf1))).toEqual(packedByPbf([0xf1]));
  expect(packVarints("uint64", new Uint8Array(8).fill(255))).toEqual(Uint8Array.of(...new Array(9).fill(255), 1));
});

test("elements of every type come back from their varints", () => {
  const tensor = fc.constantFrom(...types).chain((type) => {
    const size = Math.max(1, ELEMENT_TYPES[type].bits / 8);
    const elements = fc.uint8Array({ minLength: size, maxLength: size });
    const edge = fc.constantFrom(0, 1, 127, 128, 255).map((byte) => new Uint8Array(size).fill(byte));
    return fc
      .array(fc.oneof(elements, edge), { maxLength: 20 })
      .map((parts) => ({ type, bytes: new Uint8Array(Buffer.concat(parts)) }));
  });
  fc.assert(
    fc.property(tensor, ({ type, bytes }) => {
      expect(unpackVarints(type, packVarints(type, bytes))).toEqual(bytes);
    }),
    { numRuns: 500 },
  );
});

test("bits that an element has no room for are dropped, and varints that do not end refused", () => {
  expect(unpackVarints("int8", packedByPbf([-1, 257]))).toEqual(Uint8Array.of(255, 1));
  expect(() => unpackVarints("int8", Uint8Array.of(0x80))).toThrow(FormatError);
  expect(() => unpackVarints("int64", new Uint8Array(11).fill(0x80))).toThrow(/more than ten bytes/);
});
