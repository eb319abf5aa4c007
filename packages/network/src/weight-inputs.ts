/** Inputs that are weights where they are constant, by operator; of ONNX and of onnxruntime. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  MatMul: [0, 1],
  Gemm: [0, 1],
  Einsum: [0, 1, 2, 3],
  Conv: [1],
  ConvTranspose: [1],
  DeformConv: [1],
  LSTM: [1, 2],
  GRU: [1, 2],
  RNN: [1, 2],
  Gather: [0],
};

const MICROSOFT_WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  FusedMatMul: [0, 1],
  FusedGemm: [0, 1],
  GemmFastGelu: [0, 1],
  TransposeMatMul: [0, 1],
  FusedConv: [1],
  NhwcConv: [1],
  NhwcFusedConv: [1],
  Attention: [1],
  PackedAttention: [1],
  LongformerAttention: [1, 4],
  EmbedLayerNormalization: [2, 3, 4],
};

/** Where an operator takes a weight of 8-bit integers and what tells the numbers that they stand for, by the places of its inputs. */
export interface IntegerOperand {
  readonly weight: number;
  /** Absent: the operator gives sums of products, which are scaled behind it. */
  readonly scale?: number;
  readonly zeroPoint: number;
  /** Of the weight: where scales and zero points are one for each channel, they go along it. */
  readonly channels: "first" | "last";
}

const INTEGER_OPERANDS: Readonly<Record<string, IntegerOperand>> = {
  QLinearConv: { weight: 3, scale: 4, zeroPoint: 5, channels: "first" },
  QLinearMatMul: { weight: 3, scale: 4, zeroPoint: 5, channels: "last" },
  ConvInteger: { weight: 1, zeroPoint: 3, channels: "first" },
  MatMulInteger: { weight: 1, zeroPoint: 3, channels: "last" },
};

const MICROSOFT_INTEGER_OPERANDS: Readonly<Record<string, IntegerOperand>> = {
  QLinearConv: INTEGER_OPERANDS.QLinearConv!,
  QGemm: { weight: 3, scale: 4, zeroPoint: 5, channels: "last" },
  MatMulIntegerToFloat: { weight: 1, scale: 3, zeroPoint: 5, channels: "last" },
  DynamicQuantizeMatMul: { weight: 1, scale: 2, zeroPoint: 3, channels: "last" },
  QAttention: { weight: 1, scale: 4, zeroPoint: 7, channels: "last" },
};

const INTEGER_OPERANDS_OF_DOMAIN: ReadonlyMap<string, Readonly<Record<string, IntegerOperand>>> = new Map([
  ["", INTEGER_OPERANDS],
  ["ai.onnx", INTEGER_OPERANDS],
  ["com.microsoft", MICROSOFT_INTEGER_OPERANDS],
]);

/** Operators of TensorFlow that ONNX has not: model-io keeps them in a domain of their own. */
const TENSORFLOW_WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv1D: [1],
  Conv2D: [1],
  _FusedConv2D: [1],
  DepthwiseConv2dNative: [1],
  FusedDepthwiseConv2dNative: [1],
  Conv2DBackpropInput: [1],
  Conv3D: [1],
  _FusedMatMul: [1],
  Gather: [0],
  GatherV2: [0],
  ResourceGather: [0],
  SparseSegmentMean: [0],
  SparseSegmentSum: [0],
  SparseSegmentSqrtN: [0],
};

/** The domain of operators whose other inputs may be anything, weights too. */
const TENSORFLOW = "tensorflow";

/** By domain; that of onnxruntime's fusions has ONNX's operators as well. */
const WEIGHT_INPUTS_OF_DOMAIN: ReadonlyMap<string, Readonly<Record<string, readonly number[]>>> = new Map([
  ["", WEIGHT_INPUTS],
  ["ai.onnx", WEIGHT_INPUTS],
  ["com.microsoft", { ...WEIGHT_INPUTS, ...MICROSOFT_WEIGHT_INPUTS }],
  ["com.microsoft.nchwc", WEIGHT_INPUTS],
  [TENSORFLOW, TENSORFLOW_WEIGHT_INPUTS],
]);

/** Operators that only put their first input in another shape, order or type, or take parts of it. */
const REARRANGING = [
  "Transpose",
  "Reshape",
  "Cast",
  "Identity",
  "DequantizeLinear",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "Slice",
  "Split",
];

/** How an operator takes a weight of 8-bit integers; undefined if it takes none. */
export function integerOperand(domain: string, op: string): IntegerOperand | undefined {
  const operators = INTEGER_OPERANDS_OF_DOMAIN.get(domain);
  return operators !== undefined && Object.hasOwn(operators, op) ? operators[op] : undefined;
}

/** Inputs of an operator that are weights where they are constant, by their places; weights of integers are not among them. */
export function weightInputs(domain: string, op: string): readonly number[] {
  const operators = WEIGHT_INPUTS_OF_DOMAIN.get(domain);
  return operators !== undefined && Object.hasOwn(operators, op) ? operators[op]! : [];
}

/** Inputs that an operator passes on as they are but for shape, order and type, by their places. */
export function passedInputs(domain: string, op: string, inputs: number): readonly number[] {
  if (!WEIGHT_INPUTS_OF_DOMAIN.has(domain) || domain === TENSORFLOW) return [];
  if (op === "Concat") return Array.from({ length: inputs }, (_, i) => i);
  return REARRANGING.includes(op) && inputs > 0 ? [0] : [];
}

/** Whether it is not known what an operator does with its inputs: one of TensorFlow that ONNX has not. */
export function isUnknown(domain: string): boolean {
  return domain === TENSORFLOW;
}
