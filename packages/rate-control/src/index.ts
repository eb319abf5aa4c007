export { fitToDistortion } from "./fit-to-error";
export { type LambdaSearch, type SearchState, searchLambda, type Trial } from "./lambda-search";
export { type NetworkRate, networkRate, type TensorRate, tensorRate } from "./network-rate";
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
export { leastError, mostDistortion, searchTarget, type Target } from "./target";
