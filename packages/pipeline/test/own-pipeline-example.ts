import { chain, constant, float32s, record, varint } from "@deep-compression/bits";
import { dequantize, fitCodebook, sharedValues } from "@deep-compression/codebook";
import { symbols } from "@deep-compression/huffman";
import { applyMask, denseVector, keepMask, magnitudeScores } from "@deep-compression/sparse";
import { nonZeros, relativeIndex, sparseVector } from "@deep-compression/sparse";

const trained = Float32Array.from({ length: 10_000 }, (_, i) => Math.tan(Math.sin(i * i)));
const kept = sparseVector(applyMask(trained, keepMask(magnitudeScores(trained), { sparsity: 0.9 })));
const fit = fitCodebook(kept.values, { size: 16 });
export const weights = denseVector({ ...kept, values: dequantize(fit.codes, fit.centroids) });
const entries = chain(sharedValues({ maxSize: 17 }), record({ centroids: float32s(), codes: symbols({ alphabet: 17 }) }));
const codec = chain(
  nonZeros(),
  relativeIndex({ gapBits: 4 }),
  record({ length: varint(), gapBits: constant(4), gaps: symbols({ alphabet: 16 }), values: entries }),
);
export const bytes = codec.encode(weights);
export const back = codec.decode(bytes);
console.log(codec, bytes.length, back.every((v, i) => v === weights[i]));
