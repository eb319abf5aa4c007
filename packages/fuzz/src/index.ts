export { type CommandIO, failuresOf, fuzzCommand } from "./command";
export { type Failure, type FuzzOptions, type FuzzReport, fuzz } from "./fuzz";
export { caseText, type FuzzCase, parseCase } from "./fuzz-case";
export { TARGETS, targetNamed } from "./targets";
