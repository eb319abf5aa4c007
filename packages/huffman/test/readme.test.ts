import { decodeSymbols, encodeSymbols, symbolStreamSize } from "@deep-compression/huffman";
import { expect, test } from "vitest";

test("the README's example runs and says what it does", () => {
  const symbols = Uint8Array.from({ length: 1000 }, (_, i) => Math.clz32(i));
  const bytes = encodeSymbols(symbols, { alphabet: 33 });
  const same = decodeSymbols(bytes, { alphabet: 33, count: 1000 });
  const { form, tableBytes, dataBytes } = symbolStreamSize(symbols, { alphabet: 33 });
  expect(same).toEqual(symbols);
  expect(form).toBe("huffman");
  expect(tableBytes + dataBytes).toBe(bytes.length);
});
