export { type BenchIO, bench } from "./bench";
export {
  alternate,
  type Contest,
  compare,
  type ExcessFigure,
  type Figure,
  isExcess,
  median,
  type Row,
  type TimingOptions,
  toExcessRow,
  toRow,
} from "./harness";
export { describeMachine, type Machine, machineLine } from "./machine";
export { type Case, type CaseContext, SUITES, type Suite } from "./suite";
export { formatTable } from "./table";
