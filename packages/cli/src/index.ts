export { runProgram } from "./program";
export type { Progress, Reproduce, ReproduceOptions, ReproduceReport } from "./reproduction";
export type { Terminal } from "./terminal";
