import { FormatError } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { longSymbolStreams, mutate, mutations, symbolStreams } from "@deep-compression/huffman/arbitraries";
import { decodePool } from "@deep-compression/huffman/parallel";
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { expectSame } from "./expect-same";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const pool = decodePool({ threads: 2 });
afterAll(() => pool.close());

async function codeOf(decode: () => unknown): Promise<string> {
  try {
    await decode();
    return "decoded";
  } catch (error) {
    if (error instanceof FormatError) return `${error.code} at ${error.offset}`;
    throw error;
  }
}

describe("a pool of workers", () => {
  test("decodes long streams into shared memory", async () => {
    const symbols = Uint8Array.from({ length: 40 * 65536 + 7 }, (_, i) => (i * i) % 13);
    const bytes = encodeSymbols(symbols, { alphabet: 13 });
    const options = { alphabet: 13, count: symbols.length };
    const found = await pool.decodeSymbols(bytes, options);
    expect(found.buffer).toBeInstanceOf(SharedArrayBuffer);
    expectSame(found.slice(), symbols);
    for (const into of [new Uint8Array(symbols.length), new Uint8Array(new SharedArrayBuffer(symbols.length))]) {
      expect(await pool.decodeSymbols(bytes, { ...options, into })).toBe(into);
      expectSame(into.slice(), symbols);
    }
  });

  test("decodes streams that lie on shared memory, and finds what is wrong with them", async () => {
    const symbols = Uint8Array.from({ length: 20 * 65536 }, (_, i) => (i * i) % 13);
    const bytes = encodeSymbols(symbols, { alphabet: 13 });
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3)).subarray(3);
    shared.set(bytes);
    const options = { alphabet: 13, count: symbols.length };
    expectSame((await pool.decodeSymbols(shared, options)).slice(), symbols);
    shared.fill(255, -1000);
    const expected = await codeOf(() => decodeSymbols(shared, options));
    expect(expected).not.toBe("decoded");
    expect(await codeOf(() => pool.decodeSymbols(shared, options))).toBe(expected);
  });

  test("decodes the bytes as they are at the call, even if they change or are sent away before a worker has them", async () => {
    const symbols = Uint8Array.from({ length: 200 * 65536 }, (_, i) => (i * i) % 13);
    const options = { alphabet: 13, count: symbols.length };
    for (const change of [
      (bytes: Uint8Array) => bytes.fill(255),
      (bytes: Uint8Array) => structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] }),
    ]) {
      const bytes = new Uint8Array(encodeSymbols(symbols, options));
      const decoded = pool.decodeSymbols(bytes, options);
      change(bytes);
      expectSame((await decoded).slice(), symbols);
    }
  });

  test("tells what was wrong with the bytes at the call", async () => {
    const symbols = Uint8Array.from({ length: 70000 }, (_, i) => (i * i) % 13);
    const options = { alphabet: 13, count: symbols.length };
    const bytes = new Uint8Array(encodeSymbols(symbols, options)).fill(255, -1000);
    const expected = await codeOf(() => decodeSymbols(bytes, options));
    expect(expected).not.toBe("decoded");
    const refused = codeOf(() => pool.decodeSymbols(bytes, options));
    bytes.fill(0);
    expect(await refused).toBe(expected);
  });

  test("works where there is no shared memory", async () => {
    const symbols = Uint16Array.from({ length: 40 * 65536 + 7 }, (_, i) => (i * i) % 313);
    const options = { alphabet: 313, count: symbols.length };
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const bytes = new Uint8Array(encodeSymbols(symbols, options));
    const decoded = pool.decodeSymbols(bytes, options).finally(() => vi.unstubAllGlobals());
    bytes.fill(255);
    expectSame(await decoded, symbols);
  });

  test("leaves short streams and plain kernels to the caller's thread", async () => {
    const symbols = Uint8Array.from({ length: 70000 }, (_, i) => (i * i) % 13);
    const options = { alphabet: 13, count: symbols.length };
    const plain = await pool.decodeSymbols(encodeSymbols(symbols, options), { ...options, kernels: "plain" });
    expect(plain.buffer).toBeInstanceOf(ArrayBuffer);
    expectSame(plain, symbols);
    const short = symbols.subarray(0, 1000);
    const found = await pool.decodeSymbols(encodeSymbols(short, options), { ...options, count: 1000 });
    expect(found.buffer).toBeInstanceOf(ArrayBuffer);
    expectSame(found, short.slice());
  });

  test("decodes what decodeSymbols decodes, at the same time if asked so, and refuses what it refuses", async () => {
    const streams = fc.oneof(longSymbolStreams(), symbolStreams());
    const changes = fc.array(mutations(), { maxLength: 1 });
    await fc.assert(
      fc.asyncProperty(streams, streams, changes, async (first, second, list) => {
        const both = [first, second].map(async ({ bytes, alphabet, count }) => {
          const changed = list.reduce(mutate, bytes);
          const expected = await codeOf(() => decodeSymbols(changed, { alphabet, count }));
          expect(await codeOf(() => pool.decodeSymbols(changed, { alphabet, count }))).toBe(expected);
          if (expected !== "decoded") return;
          const found = await pool.decodeSymbols(changed, { alphabet, count });
          expectSame(found.slice(), decodeSymbols(changed, { alphabet, count }));
        });
        await Promise.all(both);
      }),
      { numRuns: 10 * runs },
    );
  });

  test("refuses wrong arguments by name", async () => {
    expect(() => decodePool({ threads: 0 })).toThrow("threads: expected an integer in 1..1024, got 0");
    await expect(pool.decodeSymbols(new Uint8Array(1), { alphabet: 0, count: 1 })).rejects.toThrow("alphabet");
  });

  test("decodes nothing once it is closed", async () => {
    const closed = decodePool({ threads: 1 });
    const symbols = Uint8Array.from({ length: 70000 }, (_, i) => i % 5);
    const waiting = closed.decodeSymbols(encodeSymbols(symbols, { alphabet: 5 }), { alphabet: 5, count: 70000 });
    const refused = expect(waiting).rejects.toThrow("the pool is closed");
    await closed.close();
    await refused;
    await expect(closed.decodeSymbols(new Uint8Array(0), { alphabet: 1, count: 1 })).rejects.toThrow("closed");
    await closed.close();
  });
});
