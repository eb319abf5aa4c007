import assert from "node:assert/strict";
import { centroidGradients, compressionRate, dequantize, fitCodebook } from "@deep-compression/codebook";

const weights = Float32Array.from([2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12]);
const fit = fitCodebook(weights, { size: 4, method: "optimal" });
assert.deepEqual([...fit.codes], [3, 0, 2, 1, 1, 1, 0, 3]);
assert.equal(new Set(dequantize(fit.codes, fit.centroids)).size, 4); // every weight is now one of four values
const gradients = centroidGradients(new Float32Array(8).fill(0.5), fit.codes, { size: 4 });
assert.deepEqual([...gradients], [1, 1.5, 0.5, 1]);
assert.equal(compressionRate({ count: 16, size: 4, bits: 32 }), 3.2);
