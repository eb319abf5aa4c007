import type { OperatorTable } from "../operation";
import { conv } from "./conv";

/** Operators that are layers: products with weights, convolutions, pooling, normalization, recurrent cells. */
export const LAYER_OPERATORS: OperatorTable = {
  Conv: conv,
};
