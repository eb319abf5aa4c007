import type { OperatorTable } from "./operation";
import * as operators from "./operators/index";

/** Every operator that there is, by its name in ONNX. */
export const OPERATORS: OperatorTable = operators;
