import type { Lowering } from "../lowering";
import * as activations from "./activations";
import * as attention from "./attention";
import { range, same, unique } from "./counterparts";
import * as normalizations from "./normalizations";
import { matMulNBits } from "./packed-weights";
import { fusedConv, fusedGemm, fusedMatMul } from "./products";
import * as quantized from "./quantized";

type Lowerings = Readonly<Record<string, Lowering>>;

/** Operators that are lowered, by their domain ("" is ONNX's own) and name. */
export const LOWERINGS: Readonly<Record<string, Lowerings>> = {
  "": { SimplifiedLayerNormalization: normalizations.simplifiedLayerNormalization },
  "com.microsoft": {
    Attention: attention.attention,
    BiasGelu: activations.gelu,
    BiasSplitGelu: activations.biasSplitGelu,
    DequantizeLinear: same,
    DynamicQuantizeMatMul: quantized.dynamicQuantizeMatMul,
    EmbedLayerNormalization: attention.embedLayerNormalization,
    FastGelu: activations.fastGelu,
    FusedConv: fusedConv,
    FusedGemm: fusedGemm,
    FusedMatMul: fusedMatMul,
    GatherND: same,
    Gelu: activations.gelu,
    LayerNormalization: normalizations.layerNormalization,
    MatMulIntegerToFloat: quantized.matMulIntegerToFloat,
    MatMulNBits: matMulNBits,
    MultiHeadAttention: attention.multiHeadAttention,
    Pad: same,
    QGemm: quantized.qGemm,
    QLinearAdd: quantized.qLinearAdd,
    QLinearAveragePool: quantized.qLinearAveragePool,
    QLinearConcat: quantized.qLinearConcat,
    QLinearConv: quantized.qLinearConv,
    QLinearGlobalAveragePool: quantized.qLinearGlobalAveragePool,
    QLinearLeakyRelu: quantized.qLinearLeakyRelu,
    QLinearMul: quantized.qLinearMul,
    QLinearReduceMean: quantized.qLinearReduceMean,
    QLinearSigmoid: quantized.qLinearSigmoid,
    QLinearSoftmax: quantized.qLinearSoftmax,
    QLinearWhere: quantized.qLinearWhere,
    QuantizeLinear: same,
    QuickGelu: activations.quickGelu,
    Range: range,
    SimplifiedLayerNormalization: normalizations.simplifiedLayerNormalization,
    SkipLayerNormalization: normalizations.skipLayerNormalization,
    SkipSimplifiedLayerNormalization: normalizations.skipSimplifiedLayerNormalization,
    TransposeMatMul: fusedMatMul,
    Trilu: same,
    Unique: unique,
  },
};
