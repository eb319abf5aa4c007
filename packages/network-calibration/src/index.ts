export { type CalibratedNetwork, type CalibrationOptions, calibrateNetwork } from "./calibrate-network";
export type { DoneLayer, LayerReport } from "./calibration-report";
export type { Executor, NamedTensors, PreparedNetwork } from "./executor";
export type { Lanes } from "./lanes";
