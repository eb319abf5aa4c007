import { FormatError } from "@deep-compression/bits";
import { readNpy, writeNpy } from "@deep-compression/model-io";
import { type ElementType, elementBytes, floatTensor, floatValues } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const numpyTypes = ["bool", "uint8", "int16", "int64", "float16", "float32", "float64", "complex128"] as const;

/** A file as numpy 2.4 wrote it: the header padded with spaces to 128 bytes, and the data. */
function numpyFile(header: string, data: string): Uint8Array {
  const bytes = Buffer.from(`\x93NUMPY\x01\x00v\x00${header.padEnd(117)}\n`, "latin1");
  return Uint8Array.from(Buffer.concat([bytes, Buffer.from(data, "hex")]));
}

function failure(bytes: Uint8Array): readonly [string, number | undefined] {
  try {
    readNpy(bytes);
  } catch (error) {
    if (error instanceof FormatError) return [error.code, error.offset];
    throw error;
  }
  throw new Error("the file was read");
}

test("a file of numpy's is read, and written as numpy writes it", () => {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const file = numpyFile(header, "000000000000803f0000004000004040000080400000a040");
  const tensor = readNpy(file, { name: "x" });
  expect(tensor).toMatchObject({ name: "x", type: "float32", shape: [2, 3] });
  expect(floatValues(tensor)).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
  expect(writeNpy(tensor)).toEqual(file);
});

test("Fortran order becomes row-major", () => {
  const header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3, 4), }";
  const data = "00000c00040010000800140001000d00050011000900150002000e0006001200".concat(
    "0a00160003000f00070013000b001700",
  );
  const tensor = readNpy(numpyFile(header, data));
  expect(tensor.shape).toEqual([2, 3, 4]);
  expect(new Int16Array(tensor.bytes.buffer)).toEqual(Int16Array.from({ length: 24 }, (_, index) => index));
});

test("big-endian numbers become little-endian, complex ones part by part", () => {
  const doubles = readNpy(
    numpyFile("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", "3ff8000000000000c000000000000000"),
  );
  expect(new Float64Array(doubles.bytes.buffer)).toEqual(Float64Array.of(1.5, -2));
  const complex = readNpy(numpyFile("{'descr': '>c8', 'fortran_order': False, 'shape': (1,), }", "3f80000040000000"));
  expect(new Float32Array(complex.bytes.buffer)).toEqual(Float32Array.of(1, 2));
});

test("a scalar has the empty shape", () => {
  const scalar = readNpy(numpyFile("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", "01"));
  expect(scalar).toMatchObject({ type: "bool", shape: [], bytes: Uint8Array.of(1) });
});

test("any tensor of a type that numpy has is given back exactly", () => {
  const head = fc.record({ type: fc.constantFrom(...numpyTypes), shape: fc.array(fc.nat(4), { maxLength: 4 }) });
  const tensor = head.chain(({ type, shape }) => {
    const byteLength = elementBytes(
      type,
      shape.reduce((product, size) => product * size, 1),
    );
    return fc
      .uint8Array({ minLength: byteLength, maxLength: byteLength })
      .map((bytes) => ({ name: "x", type, shape, bytes }));
  });
  fc.assert(
    fc.property(tensor, (given) => {
      const file = writeNpy(given);
      expect((file.length - given.bytes.length) % 64).toBe(0);
      expect(readNpy(file, { name: "x" })).toEqual(given);
    }),
    { numRuns },
  );
});

test("a type that numpy has not is refused on writing", () => {
  const type: ElementType = "bfloat16";
  expect(() => writeNpy({ name: "x", type, shape: [1], bytes: new Uint8Array(2) })).toThrow(
    new RangeError('tensor "x": npy has no type for bfloat16'),
  );
});

test("keys in any order, either quote and the integers of Python 2 are read as numpy reads them", () => {
  for (const header of [
    "{'shape': (2, 1), 'descr': '<f4', 'fortran_order': False}",
    `{"descr": "<f4", "fortran_order": False, "shape": (2, 1), }`,
    `{'descr': "<f4", "shape" : ( 2 ,1, ), 'fortran_order': False ,}`,
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }",
  ]) {
    const tensor = readNpy(numpyFile(header, "0000803f00000040"));
    expect(tensor).toMatchObject({ type: "float32", shape: [2, 1] });
    expect(floatValues(tensor)).toEqual(Float32Array.of(1, 2));
  }
});

test("a header that numpy refuses, or that says a thing twice, is refused", () => {
  for (const header of [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x",
    "{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': True, }",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': 'False', 'shape': (1,), }",
    "{'descr': True, 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1), }",
    "{'descr': '<f4\", 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }",
  ])
    expect(failure(numpyFile(header, "00000000"))).toEqual(["invalid-table", 10]);
});

test("arrays of structures, texts, objects, dates and of numbers that we have not are not supported", () => {
  for (const type of ["[('a', '<f4'), ('b', [('c', '<i2', (2,))])]", "'|O'", "'<U3'", "'|S5'", "'<M8[ns]'", "'<f16'"]) {
    const header = `{'descr': ${type}, 'fortran_order': False, 'shape': (1,), }`;
    expect(failure(numpyFile(header, "00000000"))).toEqual(["unsupported", 10]);
  }
});

test("what is no npy file is refused by cause", () => {
  const header = (text: string) => numpyFile(text, "00000000");
  const valid = writeNpy(floatTensor("x", [1], Float32Array.of(1)));
  expect(failure(new Uint8Array(0))).toEqual(["truncated", 0]);
  expect(failure(Uint8Array.of(0x93, 0x4e, 0))).toEqual(["bad-magic", 2]);
  expect(failure(valid.with(6, 4))).toEqual(["unsupported-version", 6]);
  expect(failure(valid.with(9, 255))).toEqual(["limit-exceeded", 8]);
  expect(failure(valid.subarray(0, 60))).toEqual(["truncated", 60]);
  expect(failure(valid.subarray(0, valid.length - 1))).toEqual(["truncated", valid.length - 1]);
  expect(failure(Uint8Array.of(...valid, 0))).toEqual(["trailing-data", valid.length]);
  expect(failure(header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 1,), }"))[0]).toBe("invalid-table");
  expect(failure(header(`{'descr': '<f4', 'fortran_order': False, 'shape': (${"9".repeat(40)},), }`))[0]).toBe(
    "truncated",
  );
});
