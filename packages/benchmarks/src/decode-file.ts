import { readFileSync } from "node:fs";
import { bytesSource } from "@deep-compression/container";
import { decompress } from "@deep-compression/pipeline";

// Reads a .dcz file and decodes every tensor to its elements; prints the seconds that took, the reading included.
const start = performance.now();
const { tensors } = await decompress(bytesSource(readFileSync(process.argv[2]!)));
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, bytes: tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0) }));
