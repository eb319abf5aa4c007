// Every operator, under its name in ONNX: an application that gives `prepareWith` those of its network alone leaves the others out of
// its bundle.
export {
  hardSigmoid as HardSigmoid,
  hardSwish as HardSwish,
  leakyRelu as LeakyRelu,
  pRelu as PRelu,
  relu as Relu,
  shrink as Shrink,
  softsign as Softsign,
  thresholdedRelu as ThresholdedRelu,
} from "./activations";
export { argMax as ArgMax, argMin as ArgMin } from "./arg-extreme";
export { add as Add, div as Div, mod as Mod, mul as Mul, sub as Sub } from "./arithmetic";
export {
  lpNormalization as LpNormalization,
  lrn as LRN,
  meanVarianceNormalization as MeanVarianceNormalization,
} from "./axis-normalization";
export { batchNormalization as BatchNormalization } from "./batch-normalization";
export {
  bitShift as BitShift,
  bitwiseAnd as BitwiseAnd,
  bitwiseNot as BitwiseNot,
  bitwiseOr as BitwiseOr,
  bitwiseXor as BitwiseXor,
} from "./bitwise";
export { cast as Cast, castLike as CastLike } from "./cast";
export { gru as GRU, lstm as LSTM, rnn as RNN } from "./cells";
export { clip as Clip } from "./clip";
export {
  and as And,
  equal as Equal,
  greater as Greater,
  greaterOrEqual as GreaterOrEqual,
  isInf as IsInf,
  isNan as IsNaN,
  less as Less,
  lessOrEqual as LessOrEqual,
  not as Not,
  or as Or,
  xor as Xor,
} from "./comparison";
export { concat as Concat, split as Split } from "./concat-split";
export {
  constant as Constant,
  constantOfShape as ConstantOfShape,
  eyeLike as EyeLike,
  range as Range,
} from "./constants";
export { ifElse as If, loop as Loop } from "./control-flow";
export { conv as Conv } from "./conv";
export { convTranspose as ConvTranspose } from "./conv-transpose";
export { cumSum as CumSum } from "./cum-sum";
export { depthToSpace as DepthToSpace, spaceToDepth as SpaceToDepth } from "./depth-space";
export { dynamicQuantizeLinear as DynamicQuantizeLinear } from "./dynamic-quantize";
export { einsum as Einsum } from "./einsum";
export { expand as Expand, tile as Tile } from "./expand-tile";
export {
  acos as Acos,
  acosh as Acosh,
  asin as Asin,
  asinh as Asinh,
  atan as Atan,
  atanh as Atanh,
  cos as Cos,
  cosh as Cosh,
  erf as Erf,
  exp as Exp,
  log as Log,
  reciprocal as Reciprocal,
  sin as Sin,
  sinh as Sinh,
  sqrt as Sqrt,
  tan as Tan,
  tanh as Tanh,
} from "./functions";
export { gather as Gather, gatherElements as GatherElements, gatherND as GatherND } from "./gather";
export { gridSample as GridSample } from "./grid-sample";
export { dropout as Dropout, identity as Identity } from "./identity";
export { convInteger as ConvInteger, qLinearConv as QLinearConv } from "./integer-conv";
export { matMulInteger as MatMulInteger, qLinearMatMul as QLinearMatMul } from "./integer-products";
export {
  negativeLogLikelihoodLoss as NegativeLogLikelihoodLoss,
  softmaxCrossEntropyLoss as SoftmaxCrossEntropyLoss,
} from "./losses";
export { gemm as Gemm, matMul as MatMul } from "./matrix-product";
export { globalMaxPool as GlobalMaxPool, maxPool as MaxPool } from "./max-pool";
export { maxUnpool as MaxUnpool } from "./max-unpool";
export { nonMaxSuppression as NonMaxSuppression } from "./non-max-suppression";
export { oneHot as OneHot } from "./one-hot";
export { pad as Pad } from "./pad";
export { pow as Pow } from "./power";
export { dequantizeLinear as DequantizeLinear, quantizeLinear as QuantizeLinear } from "./quantize";
export {
  bernoulli as Bernoulli,
  multinomial as Multinomial,
  randomNormal as RandomNormal,
  randomNormalLike as RandomNormalLike,
  randomUniform as RandomUniform,
  randomUniformLike as RandomUniformLike,
} from "./random";
export {
  reduceL1 as ReduceL1,
  reduceL2 as ReduceL2,
  reduceLogSum as ReduceLogSum,
  reduceLogSumExp as ReduceLogSumExp,
  reduceMax as ReduceMax,
  reduceMean as ReduceMean,
  reduceMin as ReduceMin,
  reduceProd as ReduceProd,
  reduceSum as ReduceSum,
  reduceSumSquare as ReduceSumSquare,
} from "./reductions";
export { resize as Resize, upsample as Upsample } from "./resize";
export { roiAlign as RoiAlign } from "./roi-align";
export { abs as Abs, ceil as Ceil, floor as Floor, neg as Neg, round as Round, sign as Sign } from "./rounding";
export {
  groupNormalization as GroupNormalization,
  instanceNormalization as InstanceNormalization,
  layerNormalization as LayerNormalization,
  rmsNormalization as RMSNormalization,
} from "./run-normalization";
export { scan as Scan } from "./scan";
export { scatterElements as Scatter, scatterElements as ScatterElements, scatterND as ScatterND } from "./scatter";
export { compress as Compress, nonZero as NonZero, reverseSequence as ReverseSequence } from "./selection";
export {
  flatten as Flatten,
  reshape as Reshape,
  shape as Shape,
  size as Size,
  squeeze as Squeeze,
  unsqueeze as Unsqueeze,
} from "./shape-operators";
export { slice as Slice } from "./slice";
export {
  celu as Celu,
  elu as Elu,
  gelu as Gelu,
  mish as Mish,
  selu as Selu,
  sigmoid as Sigmoid,
  softplus as Softplus,
  swish as Swish,
} from "./smooth-activations";
export { hardmax as Hardmax, logSoftmax as LogSoftmax, softmax as Softmax } from "./softmax";
export {
  averagePool as AveragePool,
  globalAveragePool as GlobalAveragePool,
  globalLpPool as GlobalLpPool,
  lpPool as LpPool,
} from "./sum-pools";
export { topK as TopK } from "./top-k";
export { transpose as Transpose } from "./transpose";
export { trilu as Trilu } from "./trilu";
export { unique as Unique } from "./unique";
export { max as Max, mean as Mean, min as Min, sum as Sum } from "./variadic";
export { where as Where } from "./where";
