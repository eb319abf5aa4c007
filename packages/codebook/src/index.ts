export { assign } from "./assign";
export { centroidGradients, expand } from "./codes";
export { compressionRate } from "./compression-rate";
export { exactCodebook } from "./exact-codebook";
export { type CodebookFit, type FitOptions, fitCodebook } from "./fit-codebook";
