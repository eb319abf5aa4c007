export { type BenchIO, bench } from "./bench";
export type { Case, CaseContext } from "./case";
export {
  alternate,
  type Contest,
  compare,
  type Figure,
  isOverhead,
  median,
  type OverheadFigure,
  type Row,
  type TimingOptions,
  toOverheadRow,
  toRow,
} from "./harness";
export { describeMachine, type Machine, machineLine } from "./machine";
export { SUITES, type Suite } from "./suite";
export { formatTable } from "./table";
