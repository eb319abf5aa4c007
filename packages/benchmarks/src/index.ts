export { type BenchIO, bench } from "./bench";
export {
  alternate,
  type Case,
  type CaseContext,
  type Contest,
  compare,
  type Figure,
  isOverhead,
  median,
  type OverheadFigure,
  type Row,
  type TimingOptions,
  toCountRow,
  toOverheadRow,
  toRow,
} from "./harness";
export { SUITES, type Suite } from "./suite";
export { formatTable, machineLine } from "./table";
