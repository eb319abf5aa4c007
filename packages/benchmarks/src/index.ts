export { type BenchIO, bench } from "./bench";
export { alternate, type Contest, compare, type Figure, median, type Row, type TimingOptions, toRow } from "./harness";
export { describeMachine, type Machine, machineLine } from "./machine";
export { type Case, type CaseContext, type Suite, suites } from "./suite";
export { formatTable } from "./table";
