import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/huffman")).sort()).toEqual([
    "CHUNK_SYMBOLS",
    "MAX_ALPHABET",
    "MAX_CODE_LENGTH",
    "canonicalCodeWords",
    "codeLengthTable",
    "codeLengths",
    "decodeSymbols",
    "encodeSymbols",
    "histogram",
    "huffman",
    "huffmanDecoder",
    "inspectSymbols",
    "leastStreamBytes",
    "readCodeLengths",
    "streamCost",
    "summedCounts",
    "symbolBits",
    "symbolStreamSize",
    "symbols",
    "writeCodeLengths",
  ]);
});

test("the subpath parallel exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/huffman/parallel"))).toEqual(["decodePool"]);
});

test("the subpath arbitraries exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/huffman/arbitraries")).sort()).toEqual([
    "alphabets",
    "completeCodeLengths",
    "longSymbolSequences",
    "longSymbolStreams",
    "mutate",
    "mutated",
    "mutations",
    "symbolCounts",
    "symbolSequences",
    "symbolStreams",
  ]);
});
