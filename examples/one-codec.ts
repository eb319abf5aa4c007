// One codec alone: the indices of shared weights as a Huffman stream, and back.
import assert from "node:assert/strict";
import { decodeSymbols, encodeSymbols, symbolStreamSize } from "@deep-compression/huffman";

// 100,000 codes of 16 shared values, small ones more often than large ones, as weight sharing leaves them.
const alphabet = 16;
const codes = Uint8Array.from({ length: 100_000 }, (_, i) => Math.floor(alphabet * ((i * 0.618034) % 1) ** 3));

const bytes = encodeSymbols(codes, { alphabet });
const { tableBytes, dataBytes } = symbolStreamSize(codes, { alphabet });

// The caller keeps the alphabet and the count: the stream repeats nothing that its reader knows.
const decoded = decodeSymbols(bytes, { alphabet, count: codes.length });
assert.deepEqual(decoded, codes);

console.log(`${codes.length} codes: ${codes.length / 2} bytes at 4 bits each, ${bytes.length} as a Huffman stream`);
console.log(`of these ${tableBytes} say which code words there are, ${dataBytes} are the code words`);
