import { ALEXNET_CASE } from "./inference-alexnet-case";
import { BUNDLE_CASE } from "./inference-bundle-cases";
import { CONVOLUTION_CASES } from "./inference-convolution-cases";
import { LAYER_CASES } from "./inference-layer-cases";
import { MODEL_CASE } from "./inference-model-cases";

export const INFERENCE_CASES = [...LAYER_CASES, ...CONVOLUTION_CASES, ALEXNET_CASE, MODEL_CASE, BUNDLE_CASE];
