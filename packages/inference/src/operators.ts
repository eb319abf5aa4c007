import type { OperatorTable } from "./operation";
import { DATA_OPERATORS } from "./operators/data-operators";
import { LAYER_OPERATORS } from "./operators/layer-operators";
import { MATH_OPERATORS } from "./operators/math-operators";

/** Every operator that there is, by its name in ONNX. */
export const OPERATORS: OperatorTable = { ...DATA_OPERATORS, ...LAYER_OPERATORS, ...MATH_OPERATORS };
