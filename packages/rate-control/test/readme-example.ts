import assert from "node:assert/strict";
import {
  fitAtLambda,
  fitToDistortion,
  mostDistortion,
  quantizeByFit,
  rateSource,
} from "@deep-compression/rate-control";
import { pruneWeights } from "@deep-compression/sparse";

const options = { centroids: "auto", zeros: "auto" } as const;
const weights = pruneWeights(Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i * i) ** 9));
assert(weights); // undefined if one is not finite
const source = rateSource(weights, options); // sorted once, to be fitted often
const coarse = fitAtLambda(source, 0.01); // where a bit is worth a squared error of 0.01
const fine = fitToDistortion(source, mostDistortion(1e-4, weights.energy)); // what a relative error of 1e-4 takes
assert(fine && fine.lambda < coarse.lambda && fine.bits > coarse.bits);
const { codes, centroids, distortion } = quantizeByFit(weights.values, fine, options);
assert(codes.length === weights.values.length && centroids.length > 32 && distortion <= 1e-4 * weights.energy);
