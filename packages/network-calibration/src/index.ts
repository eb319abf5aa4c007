export {
  type CalibratedNetwork,
  type CalibrationOptions,
  type CalibrationRun,
  calibrateNetwork,
  networkCalibration,
} from "./calibrate-network";
export type { DoneLayer, LayerReport } from "./calibration-report";
export type { Executor, NamedTensors, PreparedNetwork } from "./executor";
export type { Lanes } from "./lanes";
export { madeUpInputs } from "./made-up-inputs";
export type { OutputErrors } from "./output-error";
export { type OutputMeasurement, type OutputMeter, type OutputMeterOptions, outputMeter } from "./output-meter";
export { type PlainRounding, roundedByBlock, roundedByChannel, roundedByRow } from "./plain-rounding";
export type { PreparationOptions } from "./prepared-calibration";
export { type Goal, type GoalSearch, type GoalSearchResult, type GoalTrial, searchGoal } from "./search-goal";
