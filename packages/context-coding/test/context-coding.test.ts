import { FormatError } from "@deep-compression/bits";
import { contextCoding, FREE_ELEMENTS, MAX_ELEMENTS_PER_BYTE } from "@deep-compression/context-coding";
import { type RankStream, rankMatrices, rankStreams } from "@deep-compression/context-coding/arbitraries";
import { mutate, mutations } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const small = { rows: 2, columns: 3, lowest: -2, highest: 2 };

/** The matrix of a stream, or undefined if the bytes are refused; they must be the encoding of what they hold. */
function readBack({ bytes, ...matrix }: Omit<RankStream, "values">): Int16Array | undefined {
  const codec = contextCoding(matrix);
  let values: Int16Array;
  try {
    values = codec.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    const { offset = -1, message } = error as FormatError;
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(bytes.length);
    expect(message.length).toBeLessThan(500);
    return undefined;
  }
  expect(codec.encode(values)).toEqual(bytes);
  return values;
}

describe("context coding", () => {
  test("gives any matrix back, in the bytes that byteLength tells", () => {
    fc.assert(
      fc.property(rankMatrices(), ({ values, ...matrix }) => {
        const codec = contextCoding(matrix);
        const bytes = codec.encode(values);
        expect(codec.decode(bytes)).toEqual(values);
        expect(codec.byteLength(values)).toBe(bytes.length);
        expect(bytes[bytes.length - 1]).not.toBe(0);
      }),
      { numRuns },
    );
  });

  test("has no bytes for zeros, and takes no others for them", () => {
    expect(contextCoding(small).encode(new Int16Array(6))).toEqual(new Uint8Array(0));
    expect(contextCoding(small).decode(new Uint8Array(0))).toEqual(new Int16Array(6));
    for (const shape of [{ rows: 0 }, { columns: 0 }, { lowest: 0, highest: 0 }]) {
      const none = contextCoding({ ...small, ...shape });
      expect(codeOf(() => none.decode(Uint8Array.of(128, 3)))).toBe("trailing-data");
    }
    // No live row.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9 }), (bytes) => {
        const values = readBack({ ...small, bytes });
        expect(values?.some((value) => value !== 0) ?? true).toBe(bytes.length > 0);
      }),
      { numRuns },
    );
  });

  test("learns of rows and columns that are dense", () => {
    const random = seededRandom(3);
    const matrix = { rows: 200, columns: 200, lowest: -1, highest: 0 };
    const even = Int16Array.from({ length: 40_000 }, () => (random() < 0.25 ? -1 : 0));
    const uneven = Int16Array.from({ length: 40_000 }, (_, i) => {
      const dense = (Math.floor(i / 200) % 2) + (i % 2);
      return random() < [0.01, 0.1, 0.79][dense] ? -1 : 0;
    });
    const entropy = (p: number) => -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
    expect(contextCoding(matrix).byteLength(even)).toBeLessThan(1.02 * 5000 * entropy(0.25));
    const conditional = (entropy(0.01) + 2 * entropy(0.1) + entropy(0.79)) / 4;
    expect(contextCoding(matrix).byteLength(uneven)).toBeLessThan(1.08 * 5000 * conditional);
  });

  test("learns of signs and magnitudes that neighbours of a kernel share", () => {
    const random = seededRandom(4);
    const shape = { rows: 64, columns: 32 * 9, lowest: -31, highest: 31 };
    const values = Int16Array.from({ length: 64 * 32 * 9 });
    for (let kernel = 0; kernel < 64 * 32; kernel++) {
      const middle = Math.round(40 * (random() - 0.5));
      for (let place = 0; place < 9; place++) values[9 * kernel + place] = middle + Math.round(3 * random());
    }
    const kernels = contextCoding({ ...shape, grid: { height: 3, width: 3 } });
    expect(kernels.byteLength(values)).toBeLessThan(contextCoding(shape).byteLength(values));
    const strewn = values.map((_, i) => values[(i * 7919) % values.length]);
    expect(kernels.byteLength(values)).toBeLessThan(0.9 * kernels.byteLength(strewn));
  });

  test("leaves out empty lines", () => {
    const matrix = { rows: 300, columns: 100, lowest: -3, highest: 3 };
    const values = new Int16Array(30_000);
    for (let i = 0; i < 10; i++) values[1000 * i + 50 + (i % 3)] = 3;
    const codec = contextCoding(matrix);
    expect(codec.byteLength(values)).toBeLessThan(60);
    expect(codec.decode(codec.encode(values))).toEqual(values);
  });

  test("refuses mutated bytes, or encodes what it read to them", () => {
    let decoded = 0;
    fc.assert(
      fc.property(rankStreams(), fc.array(mutations(), { minLength: 1, maxLength: 2 }), (stream, changes) => {
        const found = readBack({ ...stream, bytes: changes.reduce(mutate, stream.bytes) });
        if (found !== undefined) decoded++;
      }),
      { numRuns: 4 * numRuns },
    );
    expect(decoded).toBeGreaterThan(0);
  });

  test("refuses streams cut at any byte, or encodes what it read to what is left", () => {
    fc.assert(
      fc.property(rankStreams({ maxElements: 150 }), (stream) => {
        for (let length = 0; length < stream.bytes.length; length++) {
          const found = readBack({ ...stream, bytes: stream.bytes.subarray(0, length) });
          if (found !== undefined) expect(found).not.toEqual(stream.values);
        }
      }),
      { numRuns: numRuns / 3 },
    );
  });

  test("refuses any bytes, or encodes what it read to them", () => {
    fc.assert(
      fc.property(rankMatrices(), fc.uint8Array({ maxLength: 40 }), (matrix, bytes) => {
        readBack({ ...matrix, bytes });
      }),
      { numRuns: 2 * numRuns },
    );
  });

  test("refuses another density, zeros behind, and bytes behind", () => {
    const codec = contextCoding(small);
    const bytes = codec.encode(Int16Array.of(1, 0, 0, 0, -2, 2));
    expect(codec.decode(bytes)).toEqual(Int16Array.of(1, 0, 0, 0, -2, 2));
    expect(codeOf(() => codec.decode(Uint8Array.of(...bytes, 0)))).toBe("not-canonical");
    expect(codeOf(() => codec.decode(Uint8Array.of(...bytes, ...bytes)))).toBe("trailing-data");
    const denser = contextCoding(small).encode(Int16Array.of(1, 1, 1, 1, 1, 1));
    expect(denser[0]).toBe(255);
    const other = Uint8Array.of(254, ...denser.subarray(1));
    expect(() => codec.decode(other)).toThrow(expect.objectContaining({ code: "not-canonical", offset: 0 }));
  });

  test("reads at most 64 elements a byte and 65,536 more, and writes no more", () => {
    expect([MAX_ELEMENTS_PER_BYTE, FREE_ELEMENTS]).toEqual([64, 65536]);
    const size = 1024;
    const diagonal = contextCoding({ rows: size, columns: size, lowest: 0, highest: 1 });
    const values = new Int16Array(size * size);
    for (let i = 0; i < size; i++) values[(size + 1) * i] = 1;
    expect(diagonal.byteLength(values)).toBe(Number.POSITIVE_INFINITY);
    expect(() => diagonal.encode(values)).toThrow(
      "values: expected fewer zeros a byte, got so few weights that no reader takes them",
    );
    // All lines live in a few bytes: refused before memory is taken for 2^31 elements.
    const huge = contextCoding({ rows: 2 ** 15, columns: 2 ** 16, lowest: 0, highest: 1 });
    const lying = Uint8Array.of(128, 1);
    expect(() => huge.decode(lying)).toThrow(expect.objectContaining({ code: "limit-exceeded", offset: 0 }));
    const most = contextCoding({ rows: 256, columns: 258, lowest: 0, highest: 1 }); // 66,048 elements, 8 bytes
    expect(codeOf(() => most.decode(Uint8Array.of(128, 0, 0, 0, 0, 0, 1)))).toBe("limit-exceeded");
    expect(codeOf(() => most.decode(Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 1)))).not.toBe("limit-exceeded");
  });

  test("refuses wrong arguments by name", () => {
    const codec = contextCoding(small);
    expect(() => codec.encode(Int16Array.of(0, 0, 0, 0, 3, 0))).toThrow(
      new RangeError("values[4]: expected a rank in -2..2, got 3"),
    );
    expect(() => codec.encode(new Int16Array(5))).toThrow(new RangeError("values: expected 6 elements, got 5"));
    // @ts-expect-error: bytes are no ranks
    expect(() => codec.encode(new Uint8Array(6))).toThrow(TypeError);
    // @ts-expect-error: a text is no bytes
    expect(() => codec.decode("a")).toThrow(/^bytes: expected a Uint8Array/);
    expect(() => contextCoding({ ...small, rows: -1 })).toThrow(/^rows: expected/);
    expect(() => contextCoding({ ...small, columns: 1.5 })).toThrow(/^columns: expected/);
    expect(() => contextCoding({ ...small, lowest: 1 })).toThrow(/^lowest: expected an integer in -32767..0, got 1/);
    expect(() => contextCoding({ ...small, highest: 32768 })).toThrow(/^highest: expected/);
    expect(() => contextCoding({ ...small, rows: 2 ** 16, columns: 2 ** 16 })).toThrow(
      /^rows x columns: expected at most/,
    );
    expect(() => contextCoding({ ...small, grid: { height: 2, width: 2 } })).toThrow(
      new RangeError("grid: expected one that divides 3 columns, got 2 x 2"),
    );
    expect(() => contextCoding({ ...small, grid: { height: 0, width: 3 } })).toThrow(/^grid.height: expected/);
    // @ts-expect-error: there are no such kernels
    expect(() => contextCoding({ ...small, kernels: "native" })).toThrow(/^kernels: expected "wasm" or "plain"/);
  });
});
