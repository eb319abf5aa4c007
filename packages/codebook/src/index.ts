export { assign } from "./assign";
export { centroidGradients, expand } from "./codes";
export { codesByThresholds } from "./codes-by-thresholds";
export { compressionRate } from "./compression-rate";
export { type Distribution, distributionOf } from "./distribution";
export {
  type EntropyConstrainedFit,
  type EntropyConstrainedOptions,
  fitEntropyConstrained,
} from "./entropy-constrained";
export { exactCodebook } from "./exact-codebook";
export { type CodebookFit, type FitOptions, fitCodebook } from "./fit-codebook";
export { maxOptimalSize } from "./optimal-cells";
