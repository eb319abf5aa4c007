import { tensorOfArray } from "@deep-compression/inference";
import {
  type Attribute,
  type ElementType,
  float,
  type Network,
  type Node,
  type Tensor,
} from "@deep-compression/network";

/** A model of one operator of onnxruntime's, and inputs for it, drawn at random. */
export interface FusedCase {
  readonly name: string;
  draw(random: Random): { readonly network: Network; readonly inputs: Readonly<Record<string, Tensor>> };
  /** Largest difference of an element. */
  readonly bound: number;
}

type Random = () => number;

type Shape = readonly number[];
type Numbers = BigInt64Array | Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

const sizeOf = (shape: Shape) => shape.reduce((product, size) => product * size, 1);

/** Draws a tensor of a name. */
type Given = (name: string, random: Random) => Tensor;

/** A tensor of whole numbers from `least` to `greatest`. */
const whole =
  (type: ElementType, List: { from(values: readonly number[]): Numbers }, least: number, greatest: number) =>
  (...shape: Shape): Given =>
  (name, random) => {
    const values = Array.from({ length: sizeOf(shape) }, () => Math.floor(least + random() * (greatest - least + 1)));
    const data = List.from(values);
    return tensorOfArray(name, { type, shape, data });
  };
/** A tensor of floats from `least` on and below `end`. */
const real =
  (least: number, end: number) =>
  (...shape: Shape): Given =>
  (name, random) => {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => least + random() * (end - least));
    return tensorOfArray(name, { type: "float32", shape, data });
  };
const fixed =
  (type: ElementType, shape: Shape, data: Numbers): Given =>
  (name) =>
    tensorOfArray(name, { type, shape, data });

const floats = real(-2, 2);
const positive = real(0.01, 0.06);
const bytes = whole("uint8", Uint8Array, 0, 255);
const signed = whole("int8", Int8Array, -128, 127);
const bits = whole("bool", Uint8Array, 0, 1);
const integers = whole("int32", Int32Array, -900, 900);
const tokens = whole("int32", Int32Array, 0, 1);
const counts = whole("int32", Int32Array, 1, 5);
const scale = (value: number) => fixed("float32", [], Float32Array.of(value));
const zero = (value: number) => fixed("uint8", [], Uint8Array.of(value));
const signedZero = (value: number) => fixed("int8", [], Int8Array.of(value));

interface Options {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Types of the outputs; "" for one that is not there. */
  readonly outputs?: readonly (ElementType | "")[];
  readonly bound?: number;
  readonly domain?: "own";
}

/** A case whose `given` inputs come when it runs, and whose `constants` are weights; undefined is an input that is not there. */
function fused(
  op: string,
  note: string,
  values: readonly (Given | undefined)[],
  constants: readonly (Given | undefined)[] = [],
  { attributes = {}, outputs = ["float32"], bound = 2e-5, domain }: Options = {},
): FusedCase {
  const name = `${op}: ${note}`;
  const draw = (random: Random) => {
    const inputs = values.map((make, i) => make?.(`x${i}`, random));
    const weights = constants.map((make, i) => make?.(`w${i}`, random));
    const made = outputs.map((type, i) => ({ name: type === "" ? "" : `y${i}`, type }));
    const node: Node = {
      op,
      ...(domain === undefined && { domain: "com.microsoft" }),
      inputs: [...inputs, ...weights].map((tensor) => tensor?.name ?? ""),
      outputs: made.map((value) => value.name),
      attributes,
    };
    const graph = {
      name: "fused",
      opset: 17,
      domains: { "com.microsoft": 1 },
      inputs: present(inputs).map(({ name, type, shape }) => ({ name, type, shape })),
      outputs: made.filter((value) => value.name !== "") as { name: string; type: ElementType }[],
      nodes: [node],
    };
    const drawn = Object.fromEntries(present(inputs).map((tensor) => [tensor.name, tensor]));
    return { network: { graph, tensors: present(weights) }, inputs: drawn };
  };
  return { name, draw, bound };
}

function present(list: readonly (Tensor | undefined)[]): readonly Tensor[] {
  return list.filter((tensor) => tensor !== undefined);
}

const BYTE = { outputs: ["uint8"], bound: 1 } as const;
const SIGNED = { outputs: ["int8"], bound: 1 } as const;
const ATTENTION = { attributes: { num_heads: 2 }, bound: 1e-4 } as const;
const image = [1, 3, 6, 5] as const;

export const FUSED_CASES: readonly FusedCase[] = [
  fused("Gelu", "of the error function", [floats(3, 4)]),
  fused("FastGelu", "without a bias", [floats(2, 3, 4)]),
  fused("FastGelu", "with a bias", [floats(2, 3, 4)], [floats(4)]),
  fused("QuickGelu", "alpha of its own", [floats(3, 4)], [], { attributes: { alpha: float(1.3) } }),
  fused("QuickGelu", "the default", [floats(3, 4)]),
  fused("BiasGelu", "of a bias", [floats(2, 3, 4)], [floats(4)]),
  fused("SkipLayerNormalization", "no bias", [floats(2, 3, 8), floats(2, 3, 8)], [floats(8), floats(8)]),
  fused(
    "SkipLayerNormalization",
    "a bias, its sum read",
    [floats(2, 3, 8), floats(2, 3, 8)],
    [floats(8), floats(8), floats(8)],
    { attributes: { epsilon: float(1e-3) }, outputs: ["float32", "", "", "float32"] },
  ),
  fused("SkipSimplifiedLayerNormalization", "no bias", [floats(2, 3, 8), floats(2, 3, 8)], [floats(8)]),
  fused(
    "SkipSimplifiedLayerNormalization",
    "a bias, its sum read",
    [floats(2, 3, 8), floats(2, 3, 8)],
    [floats(8), floats(8)],
    { outputs: ["float32", "", "", "float32"] },
  ),
  fused("SimplifiedLayerNormalization", "in ONNX's own domain", [floats(2, 3, 8)], [floats(8)], {
    attributes: { axis: -1, epsilon: float(1e-6), stash_type: 1 },
    domain: "own",
  }),
  fused("FusedMatMul", "alpha", [floats(2, 3, 4), floats(2, 4, 5)], [], { attributes: { alpha: float(0.25) } }),
  fused("FusedMatMul", "both transposed", [floats(2, 4, 3), floats(2, 5, 4)], [], {
    attributes: { transA: 1, transB: 1 },
  }),
  fused("FusedMatMul", "a weight transposed, alpha", [floats(2, 3, 4)], [floats(5, 4)], {
    attributes: { transB: 1, alpha: float(-2) },
  }),
  fused("TransposeMatMul", "of a weight", [floats(4, 3)], [floats(4, 5)], { attributes: { transA: 1 } }),
  ...(["Relu", "Tanh", "Sigmoid"] as const).map((activation) =>
    fused("FusedGemm", activation, [floats(3, 4)], [floats(5, 4), floats(5)], {
      attributes: { activation, transB: 1, alpha: float(0.5), beta: float(2) },
    }),
  ),
  fused("FusedGemm", "LeakyRelu", [floats(3, 4)], [floats(4, 5), floats(5)], {
    attributes: { activation: "LeakyRelu", activation_alpha: float(0.2) },
  }),
  ...(
    [
      ["Relu", []],
      ["Tanh", []],
      ["LeakyRelu", [0.3]],
      ["Clip", [-0.5, 1.5]],
      ["HardSigmoid", [0.3, 0.4]],
    ] as const
  ).map(([activation, parameters]) =>
    fused("FusedConv", activation, [floats(...image)], [floats(4, 3, 3, 3), floats(4)], {
      attributes: {
        activation,
        ...(parameters.length > 0 && { activation_params: { floats: parameters.map(Math.fround) } }),
        pads: [1, 1, 1, 1],
        kernel_shape: [3, 3],
      },
      bound: 1e-4,
    }),
  ),
  fused("FusedConv", "a sum", [floats(...image)], [floats(4, 3, 3, 3), floats(4), floats(1, 4, 4, 3)], {
    attributes: { activation: "Relu", kernel_shape: [3, 3] },
    bound: 1e-4,
  }),
  ...(["QLinearAdd", "QLinearMul"] as const).flatMap((op) => [
    fused(
      op,
      "uint8, a constant that broadcasts",
      [bytes(2, 3, 40)],
      [scale(0.02), zero(120), bytes(40), scale(0.03), zero(9), scale(0.041), zero(128)],
      BYTE,
    ),
    fused(
      op,
      "int8",
      [signed(3, 40)],
      [scale(0.02), signedZero(7), signed(3, 40), scale(0.03), signedZero(-9), scale(0.027), signedZero(3)],
      SIGNED,
    ),
  ]),
  fused("QLinearSigmoid", "uint8", [bytes(4, 64)], [scale(0.05), zero(120), scale(1 / 256), zero(0)], BYTE),
  fused(
    "QLinearSigmoid",
    "int8",
    [signed(4, 64)],
    [scale(0.05), signedZero(1), scale(1 / 256), signedZero(-128)],
    SIGNED,
  ),
  fused("QLinearLeakyRelu", "uint8", [bytes(4, 64)], [scale(0.05), zero(120), scale(0.04), zero(30)], {
    ...BYTE,
    attributes: { alpha: float(0.1) },
  }),
  fused("QLinearSoftmax", "uint8", [bytes(4, 16)], [scale(0.05), zero(120), scale(1 / 256), zero(0)], {
    ...BYTE,
    attributes: { axis: -1, opset: 13 },
  }),
  fused("QLinearSoftmax", "as before version 13", [bytes(2, 4, 4)], [scale(0.05), zero(120), scale(1 / 256), zero(0)], {
    ...BYTE,
    attributes: { axis: 1, opset: 12 },
  }),
  fused(
    "QLinearConcat",
    "three inputs",
    [],
    [
      scale(0.04),
      zero(100),
      bytes(2, 9),
      scale(0.02),
      zero(3),
      bytes(2, 8),
      scale(0.05),
      zero(90),
      bytes(2, 7),
      scale(0.04),
      zero(100),
    ],
    { ...BYTE, attributes: { axis: 1 } },
  ),
  fused(
    "QLinearGlobalAveragePool",
    "channels second",
    [bytes(2, 8, 5, 4)],
    [scale(0.05), zero(120), scale(0.04), zero(100)],
    BYTE,
  ),
  fused(
    "QLinearGlobalAveragePool",
    "channels last",
    [bytes(2, 5, 4, 8)],
    [scale(0.05), zero(120), scale(0.04), zero(100)],
    {
      ...BYTE,
      attributes: { channels_last: 1 },
    },
  ),
  fused("QLinearAveragePool", "padded", [bytes(2, 3, 8, 8)], [scale(0.05), zero(120), scale(0.04), zero(100)], {
    ...BYTE,
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  }),
  fused("QLinearAveragePool", "channels last", [bytes(2, 8, 8, 3)], [scale(0.05), zero(120), scale(0.04), zero(100)], {
    ...BYTE,
    attributes: { kernel_shape: [2, 2], strides: [2, 2], channels_last: 1 },
  }),
  fused(
    "QLinearWhere",
    "uint8",
    [bits(4, 8)],
    [bytes(4, 8), scale(0.05), zero(120), bytes(8), scale(0.03), zero(20), scale(0.06), zero(100)],
    BYTE,
  ),
  fused(
    "QLinearConv",
    "channels last",
    [bytes(1, 6, 6, 3)],
    [scale(0.02), zero(110), bytes(4, 3, 3, 3), scale(0.01), zero(120), scale(0.1), zero(128), integers(4)],
    { ...BYTE, attributes: { channels_last: 1, pads: [1, 1, 1, 1] } },
  ),
  fused(
    "QGemm",
    "quantized output, a bias, a scale a column",
    [bytes(3, 16)],
    [
      scale(0.02),
      zero(110),
      signed(5, 16),
      positive(5),
      fixed("int8", [5], new Int8Array(5)),
      integers(5),
      scale(0.05),
      zero(128),
    ],
    { ...BYTE, attributes: { transB: 1 } },
  ),
  fused(
    "QGemm",
    "floats out, alpha",
    [bytes(16, 3)],
    [scale(0.02), zero(110), bytes(16, 5), scale(0.03), zero(120), integers(5)],
    { attributes: { transA: 1, alpha: float(0.5) }, bound: 1e-3 },
  ),
  fused(
    "MatMulIntegerToFloat",
    "a bias",
    [bytes(2, 3, 16)],
    [bytes(16, 5), scale(0.02), scale(0.03), zero(120), zero(110), floats(5)],
    { bound: 1e-4 },
  ),
  fused(
    "MatMulIntegerToFloat",
    "a scale and zero point a column",
    [bytes(3, 16)],
    [signed(16, 5), scale(0.02), positive(5), zero(120), signed(5)],
    { bound: 1e-4 },
  ),
  fused("DynamicQuantizeMatMul", "a bias", [floats(3, 16)], [signed(16, 5), scale(0.03), signedZero(0), floats(5)], {
    bound: 1e-4,
  }),
  fused("DynamicQuantizeMatMul", "a scale a column", [floats(2, 3, 16)], [bytes(16, 5), positive(5), bytes(5)], {
    bound: 1e-4,
  }),
  fused("QuantizeLinear", "of 16 bits", [floats(5, 8)], [scale(0.0001), fixed("uint16", [], Uint16Array.of(30_000))], {
    outputs: ["uint16"],
    bound: 0,
  }),
  fused(
    "DequantizeLinear",
    "of 16 bits",
    [fixed("int16", [3], Int16Array.of(-32_768, 5, 900))],
    [scale(0.01), fixed("int16", [], Int16Array.of(77))],
  ),
  fused("DequantizeLinear", "along an axis", [bytes(2, 3, 4)], [positive(3), bytes(3)], { attributes: { axis: 1 } }),
  ...([4, 8] as const).flatMap((width) => [
    fused("MatMulNBits", `${width} bits, no zero points`, [floats(2, 3, 40)], [bytes(6, 3, 2 * width), positive(18)], {
      attributes: { K: 40, N: 6, bits: width, block_size: 16 },
      bound: 1e-3,
    }),
    fused(
      "MatMulNBits",
      `${width} bits, zero points, a bias`,
      [floats(3, 40)],
      [bytes(6, 3, 2 * width), positive(18), bytes(6 * Math.ceil((3 * width) / 8)), undefined, floats(6)],
      { attributes: { K: 40, N: 6, bits: width, block_size: 16 }, bound: 1e-3 },
    ),
  ]),
  fused("MatMulNBits", "zero points that are floats", [floats(3, 32)], [bytes(6, 2, 8), positive(12), floats(6, 2)], {
    attributes: { K: 32, N: 6, bits: 4, block_size: 16 },
    bound: 1e-3,
  }),
  fused("Attention", "no mask", [floats(2, 5, 8)], [floats(8, 24), floats(24)], ATTENTION),
  fused("Attention", "causal, a scale, sizes of its own", [floats(2, 5, 8)], [floats(8, 20), floats(20)], {
    attributes: { num_heads: 2, unidirectional: 1, scale: float(0.3), qkv_hidden_sizes: [8, 8, 4] },
    bound: 1e-4,
  }),
  fused("Attention", "a mask of tokens, causal", [floats(2, 5, 8)], [floats(8, 24), floats(24), tokens(2, 5)], {
    attributes: { num_heads: 2, unidirectional: 1 },
    bound: 1e-4,
  }),
  fused("Attention", "a mask of tokens", [floats(2, 5, 8)], [floats(8, 24), floats(24), tokens(2, 5)], {
    attributes: { num_heads: 4, mask_filter_value: float(-1e4) },
    bound: 1e-4,
  }),
  fused("Attention", "counts of tokens", [floats(2, 5, 8)], [floats(8, 24), floats(24), counts(2)], ATTENTION),
  fused(
    "Attention",
    "a bias of scores",
    [floats(2, 5, 8)],
    [floats(8, 24), floats(24), undefined, undefined, floats(2, 2, 5, 5)],
    ATTENTION,
  ),
  fused("MultiHeadAttention", "of other keys", [floats(2, 5, 8), floats(2, 7, 8), floats(2, 7, 8)], [], {
    attributes: { num_heads: 2 },
  }),
  fused(
    "MultiHeadAttention",
    "biases, a mask of tokens",
    [floats(2, 5, 8), floats(2, 7, 8), floats(2, 7, 8)],
    [floats(24), tokens(2, 7)],
    { attributes: { num_heads: 4, scale: float(0.5) } },
  ),
  fused(
    "EmbedLayerNormalization",
    "segments and a mask",
    [counts(2, 5), tokens(2, 5)],
    [floats(7, 8), floats(9, 8), floats(2, 8), floats(8), floats(8), tokens(2, 5)],
    { outputs: ["float32", "int32"] },
  ),
  fused(
    "EmbedLayerNormalization",
    "positions, its sum read",
    [counts(2, 5), undefined],
    [floats(7, 8), floats(9, 8), undefined, floats(8), floats(8), undefined, counts(2, 5)],
    { outputs: ["float32", "", "float32"] },
  ),
  fused("Trilu", "upper", [floats(2, 3, 4)], [], { attributes: { upper: 1 } }),
  fused("Pad", "by a constant", [floats(2, 3)], [fixed("int64", [4], BigInt64Array.of(1n, 0n, 0n, 2n)), scale(7)]),
  fused("GatherND", "rows", [floats(3, 4)], [fixed("int64", [2, 1], BigInt64Array.of(2n, 0n))]),
  fused("Range", "a step", [], [scale(1), scale(3), scale(0.5)]),
  fused("Range", "no step", [], [scale(1), scale(5)]),
  fused("Unique", "in the order in which they come", [whole("float32", Float32Array, 0, 4)(12)], [], {
    outputs: ["float32", "int64", "int64"],
    bound: 0,
  }),
  fused(
    "SkipLayerNormalization",
    "a skip that is the same for all",
    [floats(2, 3, 8), floats(3, 8)],
    [floats(8), floats(8)],
  ),
];
