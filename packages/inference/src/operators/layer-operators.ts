import type { OperatorTable } from "../operation";
import { lpNormalization, lrn, meanVarianceNormalization } from "./axis-normalization";
import { batchNormalization } from "./batch-normalization";
import { gru, lstm, rnn } from "./cells";
import { conv } from "./conv";
import { convTranspose } from "./conv-transpose";
import { convInteger, qLinearConv } from "./integer-conv";
import { gemm, matMul } from "./matrix-product";
import { globalMaxPool, maxPool } from "./max-pool";
import { maxUnpool } from "./max-unpool";
import { groupNormalization, instanceNormalization, layerNormalization, rmsNormalization } from "./run-normalization";
import { averagePool, globalAveragePool, globalLpPool, lpPool } from "./sum-pools";

/** Operators that are layers: products with weights, convolutions, pooling, normalization, recurrent cells. */
export const LAYER_OPERATORS: OperatorTable = {
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Conv: conv,
  ConvInteger: convInteger,
  ConvTranspose: convTranspose,
  GRU: gru,
  Gemm: gemm,
  GlobalAveragePool: globalAveragePool,
  GlobalLpPool: globalLpPool,
  GlobalMaxPool: globalMaxPool,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LRN: lrn,
  LSTM: lstm,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  LpPool: lpPool,
  MatMul: matMul,
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  MeanVarianceNormalization: meanVarianceNormalization,
  RMSNormalization: rmsNormalization,
  QLinearConv: qLinearConv,
  RNN: rnn,
};
