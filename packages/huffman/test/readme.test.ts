import { decodeSymbols, encodeSymbols, symbolStreamSize } from "@deep-compression/huffman";
import { expect, test } from "vitest";

test("the README's example runs and says what it does", () => {
  const symbols = Uint8Array.from({ length: 1000 }, (_, i) => Math.clz32(i));
  const bytes = encodeSymbols(symbols, { alphabet: 33 });
  const same = decodeSymbols(bytes, { alphabet: 33, count: 1000 });
  const { mode, tableBytes, dataBytes } = symbolStreamSize(symbols, { alphabet: 33 });
  expect(same).toEqual(symbols);
  expect(mode).toBe("huffman");
  expect(tableBytes + dataBytes).toBe(bytes.length);
});

test("the README's example of both directions gives the symbols back, at the size it says", () => {
  const symbols = Uint8Array.from({ length: 100_000 }, (_, i) => Math.clz32(Math.imul(i, 0x9e3779b1)));
  const bytes = encodeSymbols(symbols, { alphabet: 33 });
  const restored = decodeSymbols(bytes, { alphabet: 33, count: symbols.length });
  expect(restored).toEqual(symbols);
  expect(((8 * bytes.length) / symbols.length).toFixed(2)).toBe("1.74");
});
