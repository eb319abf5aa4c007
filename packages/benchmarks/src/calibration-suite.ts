import { CALIBRATION_FILE_TYPE_CASE } from "./calibration-file-type-case";
import { CALIBRATION_LAYER_CASE } from "./calibration-layer-case";
import { CALIBRATION_LENET_CASES } from "./calibration-lenet-cases";
import { CALIBRATION_MODELS_CASES } from "./calibration-models-cases";
import { CALIBRATION_RESNET_CASES } from "./calibration-resnet-cases";
import type { Case } from "./harness";

/** Trained networks compressed by inputs, without retraining. */
export const CALIBRATION_CASES: readonly Case[] = [
  CALIBRATION_LAYER_CASE,
  ...CALIBRATION_LENET_CASES,
  ...CALIBRATION_RESNET_CASES,
  ...CALIBRATION_MODELS_CASES,
  CALIBRATION_FILE_TYPE_CASE,
];
