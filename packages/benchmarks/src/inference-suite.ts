import { CONVOLUTION_CASES } from "./inference-convolution-cases";
import { LAYER_CASES } from "./inference-layer-cases";

export const INFERENCE_CASES = [...LAYER_CASES, ...CONVOLUTION_CASES];
