import { packBits, unpackBits } from "@deep-compression/bits";
import { bitmask, csr, denseVector, relativeIndex, sparseVector } from "@deep-compression/sparse";

const weights = Float32Array.from([0, 3.5, 0, 0, 0, -1, 0, 0, 0, 0.25, 0, 0]);
const vector = sparseVector(weights); // positions 1, 5, 9 and their values

const { length, gaps, values } = relativeIndex({ gapBits: 2 }).encode(vector);
const packed = packBits(gaps, 2); // one byte for three gaps
const read = {
  length,
  gapBits: 2,
  gaps: new Uint8Array(unpackBits(packed, { width: 2, count: values.length })),
  values,
};
export const fromGaps = denseVector(relativeIndex({ gapBits: 2 }).decode(read));

const { mask } = bitmask().encode(vector); // two bytes for twelve elements
export const fromMask = denseVector(bitmask().decode({ length, mask, values: vector.values }));

const rows = csr().encode({ rows: 3, columns: 4, dense: weights }); // rowStarts 0, 1, 2, 3; columnIndices 1, 1, 1
export const fromRows = csr().decode(rows).dense;
