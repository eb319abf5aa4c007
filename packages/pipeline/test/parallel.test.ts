import { bytesSource, openContainer, writeContainer } from "@deep-compression/container";
import type { Network } from "@deep-compression/network";
import { compress, decompress } from "@deep-compression/pipeline";
import { mutatedDczFiles } from "@deep-compression/pipeline/arbitraries";
import { type DecodePool, decodePool } from "@deep-compression/pipeline/parallel";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

function tensor(name: string, shape: readonly number[], values: (i: number) => number) {
  const elements = new Float32Array(shape.reduce((product, size) => product * size, 1)).map((_, i) => values(i));
  return { name, type: "float32" as const, shape, bytes: new Uint8Array(elements.buffer) };
}

const network: Network = {
  graph: undefined,
  tensors: [
    tensor("small", [3, 4], (i) => i / 8),
    tensor("gaps", [100, 200], (i) => (i % 17 === 0 ? (i % 5) + 1 : 0)),
    tensor("raw", [7], (i) => Math.fround(Math.sin(i))),
    tensor("dense", [50, 60], (i) => i % 3),
  ],
  metadata: { made: "here" },
};

describe("decodePool", () => {
  let pool: DecodePool;
  beforeAll(() => {
    pool = decodePool({ threads: 3 });
  });
  afterAll(() => pool.close());

  test("gives what decompress gives, in order, as often as it is asked and for several files at once", async () => {
    const { bytes } = compress(network, { default: {} });
    const expected = await decompress(bytesSource(bytes));
    const found = await Promise.all([0, 1, 2].map(() => pool.decompress(bytesSource(bytes))));
    for (const one of found) expect(one).toEqual(expected);
  });

  test("leaves the file's bytes as they were", async () => {
    const { bytes } = compress(network, { default: {} });
    const before = bytes.slice();
    await pool.decompress(bytesSource(bytes));
    expect(bytes).toEqual(before);
  });

  test("says of a tensor that is not valid what decompress says, and goes on with the next file", async () => {
    const { bytes } = compress(network, { default: {} });
    const file = await openContainer(bytesSource(bytes));
    const tensors = await Promise.all(file.tensors.map(({ name }) => file.read(name)));
    for (const { name } of tensors.filter((tensor) => tensor.name !== "raw")) {
      // The checksum holds; the flags mean nothing.
      const broken = tensors.map((tensor) =>
        tensor.name === name
          ? { ...tensor, sections: tensor.sections.map(({ kind }) => ({ kind, bytes: Uint8Array.of(255) })) }
          : tensor,
      );
      const source = bytesSource(writeContainer({ tensors: broken }));
      const expected = await decompress(source).catch((error: unknown) => error);
      expect(expected).toMatchObject({ tensor: name });
      await expect(pool.decompress(source)).rejects.toEqual(expected);
    }
    expect((await pool.decompress(bytesSource(bytes))).tensors.length).toBe(4);
  });

  test("gives what decompress gives of any file, or the same error", async () => {
    await fc.assert(
      fc.asyncProperty(mutatedDczFiles(), async ({ original, mutated }) => {
        for (const bytes of [original, mutated]) {
          const expected = await decompress(bytesSource(bytes)).catch((error: unknown) => error);
          expect(await pool.decompress(bytesSource(bytes)).catch((error: unknown) => error)).toEqual(expected);
        }
      }),
      { numRuns: 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1) },
    );
  });

  test("works on the calling thread alone, and not at all once it is closed", async () => {
    const { bytes } = compress(network, { default: {} });
    const alone = decodePool({ threads: 1 });
    expect(await alone.decompress(bytesSource(bytes))).toEqual(await decompress(bytesSource(bytes)));
    await alone.close();
    await expect(alone.decompress(bytesSource(bytes))).rejects.toThrow("closed");
    expect(() => decodePool({ threads: 0 })).toThrow(RangeError);
  });
});
