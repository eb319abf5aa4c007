import type { ModelItems } from "./onnxruntime-session";

/** Some hundred inputs of a model to fit weights to, and others to judge by. */
export interface CalibrationInputs {
  /** Sets that differ in what all items of a run have in common. */
  readonly calibration: readonly ModelItems[];
  readonly unseen: ModelItems;
}
