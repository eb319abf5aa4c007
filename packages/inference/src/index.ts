export { SUPPORTED_OPERATORS } from "./operators";
export type { NamedArrays, ShapedArray } from "./run-arguments";
export { runProblem } from "./run-problem";
export { prepare, type Session } from "./session";
export { type SessionExecutor, sessionExecutor } from "./session-executor";
export { denseWeights, type ShapedWeight, type WeightSource } from "./weight-source";
