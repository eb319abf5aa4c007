import type { OperatorTable } from "../operation";
import { hardSigmoid, hardSwish, leakyRelu, pRelu, relu, shrink, softsign, thresholdedRelu } from "./activations";
import { argMax, argMin } from "./arg-extreme";
import { add, div, mod, mul, sub } from "./arithmetic";
import { bitShift, bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from "./bitwise";
import { clip } from "./clip";
import * as comparison from "./comparison";
import { cumSum } from "./cum-sum";
import { dynamicQuantizeLinear } from "./dynamic-quantize";
import { einsum } from "./einsum";
import * as functions from "./functions";
import { matMulInteger, qLinearMatMul } from "./integer-products";
import { negativeLogLikelihoodLoss, softmaxCrossEntropyLoss } from "./losses";
import { pow } from "./power";
import { dequantizeLinear, quantizeLinear } from "./quantize";
import * as reductions from "./reductions";
import * as rounding from "./rounding";
import { celu, elu, gelu, mish, selu, sigmoid, softplus, swish } from "./smooth-activations";
import { hardmax, logSoftmax, softmax } from "./softmax";
import { topK } from "./top-k";
import { max, mean, min, sum } from "./variadic";
import { where } from "./where";

/** Operators that compute: element by element, or along axes. */
export const MATH_OPERATORS: OperatorTable = {
  Abs: rounding.abs,
  Acos: functions.acos,
  Acosh: functions.acosh,
  Add: add,
  And: comparison.and,
  ArgMax: argMax,
  ArgMin: argMin,
  Asin: functions.asin,
  Asinh: functions.asinh,
  Atan: functions.atan,
  Atanh: functions.atanh,
  BitShift: bitShift,
  BitwiseAnd: bitwiseAnd,
  BitwiseNot: bitwiseNot,
  BitwiseOr: bitwiseOr,
  BitwiseXor: bitwiseXor,
  Ceil: rounding.ceil,
  Celu: celu,
  Clip: clip,
  Cos: functions.cos,
  Cosh: functions.cosh,
  CumSum: cumSum,
  DequantizeLinear: dequantizeLinear,
  Div: div,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  Einsum: einsum,
  Elu: elu,
  Equal: comparison.equal,
  Erf: functions.erf,
  Exp: functions.exp,
  Floor: rounding.floor,
  Gelu: gelu,
  Greater: comparison.greater,
  GreaterOrEqual: comparison.greaterOrEqual,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Hardmax: hardmax,
  IsInf: comparison.isInf,
  IsNaN: comparison.isNan,
  LeakyRelu: leakyRelu,
  Less: comparison.less,
  LessOrEqual: comparison.lessOrEqual,
  Log: functions.log,
  LogSoftmax: logSoftmax,
  MatMulInteger: matMulInteger,
  Max: max,
  Mean: mean,
  Min: min,
  Mish: mish,
  Mod: mod,
  Mul: mul,
  Neg: rounding.neg,
  NegativeLogLikelihoodLoss: negativeLogLikelihoodLoss,
  Not: comparison.not,
  Or: comparison.or,
  PRelu: pRelu,
  Pow: pow,
  QLinearMatMul: qLinearMatMul,
  QuantizeLinear: quantizeLinear,
  Reciprocal: functions.reciprocal,
  ReduceL1: reductions.reduceL1,
  ReduceL2: reductions.reduceL2,
  ReduceLogSum: reductions.reduceLogSum,
  ReduceLogSumExp: reductions.reduceLogSumExp,
  ReduceMax: reductions.reduceMax,
  ReduceMean: reductions.reduceMean,
  ReduceMin: reductions.reduceMin,
  ReduceProd: reductions.reduceProd,
  ReduceSum: reductions.reduceSum,
  ReduceSumSquare: reductions.reduceSumSquare,
  Relu: relu,
  Round: rounding.round,
  Selu: selu,
  Shrink: shrink,
  Sigmoid: sigmoid,
  Sign: rounding.sign,
  Sin: functions.sin,
  Sinh: functions.sinh,
  Softmax: softmax,
  SoftmaxCrossEntropyLoss: softmaxCrossEntropyLoss,
  Softplus: softplus,
  Softsign: softsign,
  Sqrt: functions.sqrt,
  Sub: sub,
  Sum: sum,
  Swish: swish,
  Tan: functions.tan,
  Tanh: functions.tanh,
  ThresholdedRelu: thresholdedRelu,
  TopK: topK,
  Where: where,
  Xor: comparison.xor,
};
