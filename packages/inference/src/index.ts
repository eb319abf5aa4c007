export type { ElementArray } from "./element-arrays";
export type { Operation, Operator, OperatorTable } from "./operation";
export { OPERATORS } from "./operators";
export { prepare, runProblem, SUPPORTED_OPERATORS } from "./prepare";
export type { NamedArrays, ShapedArray } from "./run-arguments";
export { type PrepareOptions, prepareWith, type Session } from "./session";
export { type SessionExecutor, sessionExecutor } from "./session-executor";
export { arrayOfTensor, floatData, tensorOfArray } from "./tensor-arrays";
export { denseWeights, type ShapedWeight, type StoredTensor, type WeightSource } from "./weight-source";
