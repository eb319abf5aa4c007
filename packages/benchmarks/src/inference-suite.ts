import { BUNDLE_CASE } from "./inference-bundle-cases";
import { CONVOLUTION_CASES } from "./inference-convolution-cases";
import { LAYER_CASES } from "./inference-layer-cases";
import { MODEL_CASE } from "./inference-model-cases";

export const INFERENCE_CASES = [...LAYER_CASES, ...CONVOLUTION_CASES, MODEL_CASE, BUNDLE_CASE];
