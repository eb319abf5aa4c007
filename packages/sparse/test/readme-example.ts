import assert from "node:assert/strict";
import { applyMask, keepMask, magnitudeScores, relativeIndex, sparseVector } from "@deep-compression/sparse";

const weights = Float32Array.from([0.1, 3.4, 0, -0.2, 0.9, 0, 0.1, 0, 0, -0.1, 0, 0.2, 0, 0.1, 0, 1.7]);
const mask = keepMask(magnitudeScores(weights), { sparsity: 13 / 16 });
const pruned = sparseVector(applyMask(weights, mask));
const encoded = relativeIndex({ gapBits: 3 }).encode(pruned);
assert.deepEqual([...encoded.gaps], [1, 2, 7, 2]); // positions 1, 4, a filler at 12, 15
assert.deepEqual(relativeIndex({ gapBits: 3 }).decode(encoded), pruned);
