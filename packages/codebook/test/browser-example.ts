import { dequantize, distributionOf, fitEntropyConstrained, quantize } from "@deep-compression/codebook";

const weights = Float32Array.from({ length: 100_000 }, (_, i) => Math.tan(((i + 0.5) / 100_000 - 0.5) * 2.8));
const data = distributionOf(weights); // sorts them, once
const coarse = fitEntropyConstrained(data, { lambda: 1 });
const fine = fitEntropyConstrained(data, { lambda: 0.01 }); // a bit is worth a squared error of 0.01
const codes = quantize(weights, fine.thresholds); // what an entropy coder is given
export const restored = dequantize(codes, fine.centroids);
export const bitsAWeight = [coarse, fine].map(({ bits }) => bits / weights.length);
