/**
 * What the window of a deflated directory, graph or envelope begins with: text that model files have in common, the commonest
 * last, so that small ones take few bytes. The lines stand in docs/format.md, "Preset dictionary", and never change.
 */
const LINES = String.raw`
"attr":{"dtype":{"type":"DT_FLOAT"},"shape":{"shape":{"dim":[{"size":"-1"}]}}}},{"format":"layers-model","genera
tedBy":"convertedBy":"TensorFlow.js Converter v","modelTopology":{"keras_version":"backend":"tensorflow","model_
config":{"class_name":"Functional","config":{"name":"layers":[{"trainable":true,"batch_input_shape":[null,"filte
rs":"kernel_size":[3,3],"strides":[1,1],"padding":"same","data_format":"channels_last","dilation_rate":"activati
on":"relu","use_bias":"kernel_initializer":{"class_name":"Zeros","config":{}},"bias_regularizer":null,"inbound_n
odes":[[["input_1",0,0,{}]]]},"weightsManifest":[{"paths":["group1-shard1of1.bin"],"weights":[{"name":"dense/ker
nel","shape":[1],"dtype":"float32","quantization":{"dtype":"uint8","min":-0.1,"scale":0.{"__metadata__":{"format
":"pt"},"model.embed_tokens.weight":{"dtype":"BF16","shape":[768],"data_offsets":[0,4096]},"layers.0.self_attn.q
_proj.weight":{"dtype":"F32",.attention.output.dense.LayerNorm.running_mean.running_var.num_batches_tracked_quan
tized_scale_zero_point.conv1.layer4.1.bn2.bias.fc.weight/kernel:0/bias:0onnx.quantize\x12\x050.1.0ai.onnx.mlcom.
microsofttf2onnx\x1a\x06CNTKskl2onnxonnx-docker-testtorch-jit-export\x12\x07pytorch\x1a\x052.1.0main_graphQuanti
zeLinearDequantizeLinearDynamicQuantizeLinearMatMulIntegerConvIntegerQLinearConvQLinearMatMulNonMaxSuppressionIn
stanceNormalizationLayerNormalizationGroupNormalizationMeanVarianceNormalizationConvTransposeSpaceToDepthDepthTo
SpaceGlobalAveragePoolGlobalMaxPoolMaxUnpoolMaxRoiPoolRoiAlignLpPoolLRNHardSigmoidHardSwishHardmaxThresholdedRel
uLeakyReluPReluSeluCeluEluSoftplusSoftsignGeluLogSoftmaxSoftmaxCrossEntropyLossNegativeLogLikelihoodLossReduceSu
mSquareReduceLogSumExpReduceL2ReduceL1ReduceProdReduceMaxReduceMinReduceMeanReduceSumArgMaxArgMinCumSumTopKUniqu
eNonZeroOneHotEinsumDetRangeEyeLikeRandomNormalLikeRandomUniformBernoulliMultinomialScatterNDScatterElementsGath
erNDGatherElementsCompressReverseSequenceSequenceInsertSequenceAtSplitToSequenceConcatFromSequenceOptionalGetEle
mentTfIdfVectorizerStringNormalizerBitShiftIsInfIsNaNSignFloorCeilRoundModMaxMinSinhCoshTanhAsinhAcosAtanErfExpL
ogPowSqrtReciprocalAbsNegXorLessOrEqualGreaterOrEqualEqualNotAndOrTriluLSTMGRURNNScanLoopIfWhereExpandTileUpsamp
leResizeSliceSplitPadSizeShapeConstantOfShapeCastLikeClipDropoutFlattenSqueezeUnsqueezeTransposeReshapeGatherCon
catIdentityBatchNormalizationAveragePoolMaxPoolMatMulGemmConvSigmoidReluSumSubMulDivAddlinear_before_resetactiva
tionsactivation_alphahidden_sizedirectionforwardbidirectionalcoordinate_transformation_modehalf_pixelasymmetrica
lign_cornersnearest_modefloormodelinearnearestcubic_coeff_aconstantreflectedgeblocksizebatch_dimsbody\x12then_br
anchelse_branchnew_axisexclusivereversedetect_positivenoop_with_empty_axesselect_last_indexlargestsortedsplitto
\x18\x01starts\x12ends\x12stepsindicesupdatesspatial\x18\x01momentum\x15fff?epsilon\x15\xac\xc5'8alpha\x15\x0a
\xd7#<beta\x15NOTSETSAME_UPPERSAME_LOWERVALIDauto_padstorage_ordercount_include_padceil_modeoutput_paddingoutput
_shapetransA\x18\x01transB\x18\x01perm@\x00@\x01keepdims\x18\x01axes@\x01axis\x18\x01group\x18\x01dilations@\x01
@\x01kernel_shape@\x03@\x03pads@\x01@\x01@\x01@\x01strides@\x02@\x02value*\x08\x01\x10\x01B\x05const"\x04\x00
\x00\x80?J\x04\x08\x07:\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xa0\x01\x04\xa0\x01\x03\xa0\x01\x01\xa0\x01
\x07*\x0d\x0a\x06\xa0\x01\x02*\x0b\x0a\x04\x18\x00\xa0\x01\x02:\x00\x12\x12\x04mean\x12\x03var\x12\x05shape\x12
\x07indices\x12\x06labels\x12\x05scale\x12\x04axes\x12\x01W\x12\x01B\x12\x01C\x12\x01X\x12\x01Y\x0a\x06result
\x0a\x04data\x12\x05input\x12\x06output\x0a\x05input\x12\x07output0\x0a\x02x1\x0a\x01b\x0a\x01a\x12\x01y"\x03
\x12\x09\x0a\x07\x12\x05batch\x12\x0c\x0a\x0abatch_sizeZ\x13\x0a\x05input\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a
\x02\x08\x02Z\x1b\x0a\x01x\x12\x16\x0a\x14\x08\x01\x12\x10\x0a\x02\x08\x01\x0a\x02\x08\x03\x0a\x03\x08\xe0\x01
\x0a\x02\x08\x04\x0a\x02\x08\x05b\x17\x0a\x06output\x12\x0d\x0a\x0b\x08\x07\x12\x04\x0a\x02\x08\x03b\x1b\x0a\x01
z\x12\x16\x0a\x14\x08\x09\x12\x10\x0a\x02\x08\x05b\x13\x0a\x01y\x12\x0e\x0a\x0c\x08\x01\x12\x08\x0a\x02\x08\x03
\x0a\x02\x08\x04B\x04\x0a\x00\x10\x0b\x08\x04\x12\x07pytorch\x1a\x061.13.1:\x08\x06\x12\x0cbackend-test:\x8b\x01
\x0a\x0f\x0a\x01x\x12\x01y"\x04_expanded_example_function_opset_test_ONNX\x12\x10test_
`;

/** The preset dictionary: the lines end to end, a byte each character, where `\\x` and two hexadecimal digits are one. */
export const PRESET_DICTIONARY: Uint8Array = /* @__PURE__ */ bytesOf(LINES);

function bytesOf(lines: string): Uint8Array {
  const text = lines
    .replaceAll("\n", "")
    .replace(/\\x(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
