export { runProgram } from "./program";
export type { Reproduce } from "./reproduce-command";
export type { Terminal } from "./terminal";
