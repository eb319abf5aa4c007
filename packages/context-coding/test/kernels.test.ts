import { FormatError } from "@deep-compression/bits";
import { contextCoding, type RankMatrix } from "@deep-compression/context-coding";
import { rankMatrices, rankStreams } from "@deep-compression/context-coding/arbitraries";
import { mutate, mutations } from "@deep-compression/huffman/arbitraries";
import { type KernelName, seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { contextCoding as contextCodingOfSource } from "../src/context-coding";
import { PLAIN_KERNELS } from "../src/plain-kernels";
import { matrixKernels } from "../src/wasm-kernels";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** What decoding gives: the values, or the code of the error, its offset and its message. */
function outcome(matrix: RankMatrix, bytes: Uint8Array, kernels: KernelName): Int16Array | string {
  try {
    return contextCoding({ ...matrix, kernels }).decode(bytes);
  } catch (error) {
    if (error instanceof FormatError) return `${error.code} at ${error.offset}: ${error.message}`;
    throw error;
  }
}

function expectSame(actual: Int16Array | Uint8Array, expected: typeof actual): void {
  expect(Buffer.compare(Buffer.from(actual.buffer), Buffer.from(expected.buffer))).toBe(0);
}

test("matrices are coded by WebAssembly here, so that these tests compare two implementations", () => {
  expect(matrixKernels()).not.toBe(PLAIN_KERNELS);
  expect(matrixKernels("plain")).toBe(PLAIN_KERNELS);
});

test("both kernels write the same bytes and read the same values", () => {
  fc.assert(
    fc.property(rankMatrices({ maxElements: 2000 }), ({ values, ...matrix }) => {
      const bytes = contextCoding({ ...matrix, kernels: "plain" }).encode(values);
      const codec = contextCoding({ ...matrix, kernels: "wasm" });
      expect(codec.encode(values)).toEqual(bytes);
      expect(codec.decode(bytes)).toEqual(values);
    }),
    { numRuns: 2 * numRuns },
  );
});

test("the WebAssembly reads by itself what is valid, and nothing else", () => {
  const asked = vi.spyOn(PLAIN_KERNELS, "decode");
  const encoded = vi.spyOn(PLAIN_KERNELS, "encode");
  fc.assert(
    fc.property(rankMatrices(), ({ values, ...matrix }) => {
      const codec = contextCodingOfSource({ ...matrix, kernels: "wasm" }); // whose kernels are those that are watched
      const bytes = codec.encode(values);
      asked.mockClear();
      expect(codec.decode(bytes)).toEqual(values);
      expect(asked).not.toHaveBeenCalled();
      if (bytes.length === 0) return;
      expect(() => codec.decode(Uint8Array.of(...bytes, 0))).toThrow(expect.objectContaining({ name: "FormatError" }));
      expect(asked).toHaveBeenCalledOnce();
    }),
    { numRuns },
  );
  expect(encoded).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test("both kernels make the same of mutated bytes", () => {
  fc.assert(
    fc.property(rankStreams(), fc.array(mutations(), { minLength: 1, maxLength: 2 }), (stream, changes) => {
      const { bytes: valid, values: _values, ...matrix } = stream;
      const bytes = changes.reduce(mutate, valid);
      expect(outcome(matrix, bytes, "wasm")).toEqual(outcome(matrix, bytes, "plain"));
    }),
    { numRuns: 4 * numRuns },
  );
});

test("matrices of many blocks, of rows longer than a block and of more bytes than the memory had come back", () => {
  const random = seededRandom(1);
  for (const [rows, columns] of [
    [300, 300],
    [2, 70_000],
    [40_000, 2],
  ]) {
    const matrix = { rows: rows!, columns: columns!, lowest: -2000, highest: 2000 };
    const values = Int16Array.from({ length: rows! * columns! }, () => Math.round(4000 * (random() - 0.5)));
    const bytes = contextCoding({ ...matrix, kernels: "wasm" }).encode(values);
    expectSame(contextCoding({ ...matrix, kernels: "plain" }).encode(values), bytes);
    expectSame(contextCoding({ ...matrix, kernels: "wasm" }).decode(bytes), values);
    expectSame(contextCoding({ ...matrix, kernels: "plain" }).decode(bytes), values);
  }
});
