export { assign } from "./assign";
export { codebook, type SharedValues, sharedValues } from "./codebook";
export { compressionRate } from "./compression-rate";
export { centroidGradients, dequantize } from "./dequantize";
export { type Distribution, distributionOf } from "./distribution";
export {
  type EntropyConstrainedFit,
  type EntropyConstrainedOptions,
  fitEntropyConstrained,
} from "./entropy-constrained";
export { exactCodebook } from "./exact-codebook";
export { type CodebookFit, type FitOptions, fitCodebook } from "./fit-codebook";
export { MAX_OPTIMAL_SIZE } from "./optimal-cells";
export { quantize } from "./quantize";
export { type QuantizedValues, shareValues } from "./share-values";
export { squaredError } from "./squared-error";
export { recode } from "./used-codes";
export { withZero, zeroIndex } from "./zero-centroid";
