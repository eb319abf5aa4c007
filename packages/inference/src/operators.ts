import { misfit, type Node } from "@deep-compression/network";
import { conv } from "./convolution";
import { add, identity, relu } from "./elementwise";
import { gemm, matMul } from "./matrix-product";
import { lrn, softmax } from "./normalization";
import type { Operator } from "./operation";
import { averagePool, maxPool } from "./pooling";
import { flatten, reshape } from "./reshaping";

const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: add,
  AveragePool: averagePool,
  Conv: conv,
  Dropout: identity,
  Flatten: flatten,
  Gemm: gemm,
  Identity: identity,
  LRN: lrn,
  MatMul: matMul,
  MaxPool: maxPool,
  Relu: relu,
  Reshape: reshape,
  Softmax: softmax,
};

/** The ONNX operators a session can run. */
export const SUPPORTED_OPERATORS: readonly string[] = Object.keys(OPERATORS);

/** @throws RangeError for an operator that is not among {@link SUPPORTED_OPERATORS} */
export function operatorOf(node: Node): Operator {
  const operator = node.domain === undefined && Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op] : undefined;
  if (operator) return operator;
  throw misfit(node, `unknown operator, expected one of ${SUPPORTED_OPERATORS.join(", ")}`);
}
