export type { Executor, NamedTensors, PreparedNetwork } from "./executor";
export { calibrateNetwork } from "./calibrate-network";
