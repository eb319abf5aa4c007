export { fitToDistortion, mostDistortion } from "./fit-to-error";
export { type LambdaSearch, type SearchState, searchLambda, type Trial } from "./lambda-search";
export { type RateEstimate, rateCurve } from "./rate-curve";
export {
  bestPrecision,
  fitAtLambda,
  leastLambda,
  quantizeByFit,
  type RateOptions,
  type RatePoint,
  type RateSource,
  rateSource,
} from "./rate-distortion";
export { type Outcome, spendBytes } from "./spend-bytes";
export { searchTarget, type TargetTrial } from "./target";
export { type TensorRate, tensorRate } from "./tensor-rate";
export { codedBits, quantizeAtStep, quantizeUniformly, stepAtLambda, type UniformOptions } from "./uniform-values";
