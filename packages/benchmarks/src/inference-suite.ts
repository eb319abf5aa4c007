import { ALEXNET_CASE } from "./inference-alexnet-case";
import { BUNDLE_CASE } from "./inference-bundle-cases";
import { OPERATOR_CONFORMANCE_CASE } from "./inference-conformance-case";
import { CONVOLUTION_CASES } from "./inference-convolution-cases";
import { LAYER_CASES } from "./inference-layer-cases";
import { LENET_CASES } from "./inference-lenet-cases";
import { MODEL_CASE } from "./inference-model-cases";
import { THREAD_CASE } from "./inference-thread-cases";
import { WIRE_CASE } from "./inference-wire-case";

export const INFERENCE_CASES = [
  ...LAYER_CASES,
  ...CONVOLUTION_CASES,
  THREAD_CASE,
  ALEXNET_CASE,
  ...LENET_CASES,
  MODEL_CASE,
  BUNDLE_CASE,
  WIRE_CASE,
  OPERATOR_CONFORMANCE_CASE,
];
