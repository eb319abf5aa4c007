// A pipeline of one's own out of the packages' codecs: prune, share, code; and back to weights.
import assert from "node:assert/strict";
import { seededRandom } from "@deep-compression/bits";
import { expand, fitCodebook } from "@deep-compression/codebook";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import {
  applyMask,
  denseVector,
  keepMask,
  magnitudeScores,
  relativeIndex,
  sparseVector,
} from "@deep-compression/sparse";

const random = seededRandom(1);
const weights = Float32Array.from({ length: 10_000 }, () => (random() - 0.5) ** 3);

// Of ten weights the largest stays. Each that stays is stored with its distance from the one before, in 4 bits.
const mask = keepMask(magnitudeScores(weights), { sparsity: 0.9 });
const index = relativeIndex<Float32Array>({ gapBits: 4 });
const sparse = index.encode(sparseVector(applyMask(weights, mask)));

// 31 shared values and the zero of the fillers, which keep gaps under 16.
const { centroids, codes } = fitCodebook(sparse.values, { size: 32, method: "optimal" });

// Two symbol streams, and the centroids as they are.
const count = sparse.gaps.length;
const stored = {
  gaps: encodeSymbols(sparse.gaps, { alphabet: 16 }),
  codes: encodeSymbols(codes, { alphabet: centroids.length }),
  centroids,
};

const gaps = decodeSymbols(stored.gaps, { alphabet: 16, count }) as Uint8Array;
const values = expand(decodeSymbols(stored.codes, { alphabet: centroids.length, count }), stored.centroids);
const restored = denseVector(index.decode({ length: weights.length, gapBits: 4, gaps, values }));

const kept = Array.from(mask).filter((bit) => bit === 1).length;
const worst = restored.reduce((most, value, i) => Math.max(most, mask[i] ? Math.abs(value - weights[i]) : 0), 0);
const bytes = stored.gaps.length + stored.codes.length + stored.centroids.byteLength;
assert.equal(restored.length, weights.length);
assert.ok(worst < 0.01);
console.log(`${weights.length} weights, ${kept} kept: ${weights.byteLength} bytes become ${bytes}`);
console.log(`no kept weight is off by more than ${worst.toFixed(4)}`);
