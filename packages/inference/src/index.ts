export { SUPPORTED_OPERATORS } from "./operators";
export type { NamedArrays, ShapedArray } from "./run-arguments";
export { prepare, type Session } from "./session";
export { type Codes, denseWeights, type ShapedWeight, type StoredWeight, type WeightSource } from "./stored-weight";
