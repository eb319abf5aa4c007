import type { OperatorTable } from "../operation";
import { gemm, matMul } from "./matrix-product";

/** Operators that are layers: products with weights, convolutions, pooling, normalization, recurrent cells. */
export const LAYER_OPERATORS: OperatorTable = {
  Gemm: gemm,
  MatMul: matMul,
};
