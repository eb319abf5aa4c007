// A pipeline of one's own out of the packages' codecs: prune, share; then positions, codes and bytes, and back to weights.
import assert from "node:assert/strict";
import { chain, constant, float32s, record, varint } from "@deep-compression/bits";
import { dequantize, fitCodebook, sharedValues } from "@deep-compression/codebook";
import { symbols } from "@deep-compression/huffman";
import { seededRandom } from "@deep-compression/runtime";
import { denseVector, largestWeights, nonZeros, relativeIndex } from "@deep-compression/sparse";

const random = seededRandom(1);
const trained = Float32Array.from({ length: 10_000 }, () => (random() - 0.5) ** 3);

// What loses something comes first: of ten weights the largest stays, and those that stay share 31 values.
const kept = largestWeights(trained, { sparsity: 0.9 });
const { codes, centroids } = fitCodebook(kept.values, { size: 31, method: "optimal" });
const weights = denseVector({ ...kept, values: dequantize(codes, centroids) });

// From there to bytes and back nothing is lost. Each weight is stored with its distance from the one before, in 4 bits;
// among the values is the zero of the fillers, which keep distances that short.
const values = chain(
  sharedValues({ maxSize: 32 }),
  record({ centroids: float32s(), codes: symbols({ alphabet: 32 }) }),
);
const codec = chain(
  nonZeros(),
  relativeIndex({ gapBits: 4 }),
  record({ length: varint(), gapBits: constant(4), gaps: symbols({ alphabet: 16 }), values }),
);
const bytes = codec.encode(weights);
assert.deepEqual(codec.decode(bytes), weights);

const worst = kept.positions.reduce((most, at) => Math.max(most, Math.abs((weights[at] ?? 0) - (trained[at] ?? 0))), 0);
assert.ok(worst < 0.01);
console.log(`${codec.name}`);
console.log(`${trained.length} weights, ${codes.length} kept: ${trained.byteLength} bytes become ${bytes.length}`);
console.log(`no kept weight is off by more than ${worst.toFixed(4)}`);
