import type { OperatorTable } from "../operation";

/** Operators that are layers: products with weights, convolutions, pooling, normalization, recurrent cells. */
export const LAYER_OPERATORS: OperatorTable = {};
