import { chain, constant, float32s, record, varint } from "@deep-compression/bits";
import { dequantize, fitCodebook, sharedValues } from "@deep-compression/codebook";
import { symbols } from "@deep-compression/huffman";
import {
  applyMask,
  denseVector,
  keepMask,
  magnitudeScores,
  nonZeros,
  relativeIndex,
  sparseVector,
} from "@deep-compression/sparse";

// What loses something comes first: nine weights in ten become 0, and the others one of 16 values.
const trained = Float32Array.from({ length: 10_000 }, (_, i) => ((i * i) % 1009) / 500 - 1);
const kept = sparseVector(applyMask(trained, keepMask(magnitudeScores(trained), { sparsity: 0.9 })));
const fit = fitCodebook(kept.values, { size: 16 });
export const weights = denseVector({ ...kept, values: dequantize(fit.codes, fit.centroids) });

// From there to bytes and back nothing is lost. Among the values is the 0 of fillers: 17 in all.
const values = chain(
  sharedValues({ maxSize: 17 }),
  record({ centroids: float32s(), codes: symbols({ alphabet: 17 }) }),
);
const codec = chain(
  nonZeros(),
  relativeIndex({ gapBits: 4 }),
  record({ length: varint(), gapBits: constant(4), gaps: symbols({ alphabet: 16 }), values }),
);
export const bytes = codec.encode(weights); // 1,216 of them for 40,000
export const back = codec.decode(bytes); // the weights again, bit for bit
