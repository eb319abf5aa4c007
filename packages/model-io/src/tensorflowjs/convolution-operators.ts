import { activation } from "./elementwise-operators";
import { boolOf, floatOf, type GraphNode, intOf, intsOf, textOf, textsOf } from "./graph-nodes";
import {
  batchNormalization,
  convolution,
  depthwiseConvolution,
  type Padding,
  pooling,
  type WindowSteps,
  windowAttributes,
} from "./images";
import { type Call, sizes, type Translation, type TranslationTable } from "./translation";

/** How a node's window goes; undefined for a node that tells it in another way. */
function stepsOf(node: GraphNode, kernel: readonly number[]): WindowSteps | undefined {
  const isFirst = textOf(node, "data_format", "NHWC") === "NCHW";
  const pair = (list: readonly number[] | undefined) => (isFirst ? list?.slice(2) : list?.slice(1, 3));
  const strides = pair(intsOf(node, "strides"));
  const dilations = pair(intsOf(node, "dilations")) ?? [1, 1];
  const padding = paddingOf(node, isFirst);
  if (strides?.length !== 2 || dilations.length !== 2 || padding === undefined) return undefined;
  return [...kernel, ...strides, ...dilations].every((size) => size >= 1)
    ? { kernel, strides, dilations, padding }
    : undefined;
}

function paddingOf(node: GraphNode, isFirst: boolean): Padding | undefined {
  const text = textOf(node, "padding", "");
  if (text === "SAME") return "same";
  if (text === "VALID") return "valid";
  const pads = intsOf(node, "explicit_paddings");
  if (text !== "EXPLICIT" || pads?.length !== 8) return undefined;
  const [top, bottom, left, right] = (isFirst ? pads.slice(4) : pads.slice(2, 6)) as [number, number, number, number];
  return { begin: [top, left], end: [bottom, right] };
}

/** The shape of the constant that a filter is. */
function filterShape({ graph, inputs }: Call): readonly [number, number, number, number] | undefined {
  const shape = graph.constantShape(inputs[1]);
  return shape?.length === 4 ? (shape as [number, number, number, number]) : undefined;
}

/** Images with their channels last, whichever way a node has them, and what makes a result as the node has it. */
function imagesOf({ node, graph, inputs }: Call): {
  readonly image: string;
  readonly asGiven: (made: string) => string;
} {
  if (textOf(node, "data_format", "NHWC") !== "NCHW") return { image: inputs[0]!, asGiven: (made) => made };
  return { image: graph.turned(graph.plain(inputs[0])), asGiven: (made) => graph.channelsFirst(made) };
}

/** @param operators what is done behind it as well, in TensorFlow's names */
function convolved(call: Call, operators: readonly string[], isDepthwise: boolean): readonly string[] | undefined {
  const { node, graph, inputs } = call;
  const shape = filterShape(call);
  const steps = shape && stepsOf(node, shape.slice(0, 2));
  const [bias, alpha] = operators[0] === "BiasAdd" ? inputs.slice(2) : [undefined, inputs[2]];
  const others = operators.filter((name) => name !== "BiasAdd");
  if (shape === undefined || steps === undefined || others.length > 1 || !others.every((name) => ACTIVATIONS.has(name)))
    return undefined;
  const { image, asGiven } = imagesOf(call);
  const isOfChannels = bias !== undefined && graph.constantShape(bias)?.length === 1;
  const operands = { image, filter: inputs[1]!, bias: isOfChannels ? bias : undefined };
  const own = isDepthwise
    ? depthwiseConvolution(graph, operands, { ...steps, channels: shape[2], multiplier: shape[3] })
    : convolution(graph, operands, steps);
  const made = bias === undefined || isOfChannels ? own : graph.addBroadcast("Add", [own, bias]);
  return [asGiven(activation(call, others[0] ?? "Linear", made, alpha)!)];
}

/** Activations that fused operators have. */
const ACTIVATIONS: ReadonlySet<string> = new Set(["Relu", "Relu6", "Elu", "Sigmoid", "LeakyRelu", "Prelu"]);

const plainConvolution: Translation = (call) => convolved(call, [], false);
const fusedConvolution: Translation = (call) => convolved(call, textsOf(call.node, "fused_ops"), false);
const plainDepthwise: Translation = (call) => convolved(call, [], true);
const fusedDepthwise: Translation = (call) => convolved(call, textsOf(call.node, "fused_ops"), true);

/** The gradient of a convolution by its input: inputs are the size of what it makes, the filter, and images. */
const transposedConvolution: Translation = (call) => {
  const { node, graph, inputs } = call;
  const shape = filterShape(call);
  const steps = shape && stepsOf(node, shape.slice(0, 2));
  const isPlain = textOf(node, "data_format", "NHWC") === "NHWC" && steps?.dilations.every((size) => size === 1);
  if (steps === undefined || !isPlain || typeof steps.padding !== "string") return undefined;
  const [wanted, filter, image] = inputs as [string, string, string];
  const turned = graph.add("Transpose", [filter], { perm: [3, 2, 0, 1] });
  const whole = graph.addTurned("ConvTranspose", image, [turned], windowAttributes({ ...steps, padding: "valid" }));
  return [cropped(call, { whole, wanted, isCentered: steps.padding === "same" })];
};

/** Of images those rows and columns that are wanted: from the middle or from the front; rows of zeros where there are too few. */
function cropped(
  { graph }: Call,
  { whole, wanted, isCentered }: { readonly whole: string; readonly wanted: string; readonly isCentered: boolean },
): string {
  const [one, three, zeros] = [graph.integers([1]), graph.integers([3]), graph.integers([0, 0])];
  const first = graph.channelsFirst(whole);
  const want = graph.add("Slice", [sizes(graph, wanted), one, three]);
  const have = graph.add("Slice", [graph.add("Shape", [first]), graph.integers([2]), graph.integers([4])]);
  const more = graph.add("Max", [zeros, graph.add("Sub", [have, want])]);
  const begin = isCentered ? graph.add("Div", [more, graph.integers([2])]) : zeros;
  const less = graph.add("Max", [zeros, graph.add("Sub", [want, have])]);
  const pads = graph.add("Concat", [graph.integers([0, 0, 0, 0, 0, 0]), less], { axis: 0 });
  const padded = graph.addTurned("Pad", whole, [pads]);
  const end = graph.add("Add", [begin, want]);
  return graph.addTurned("Slice", padded, [begin, end, graph.integers([2, 3])]);
}

function pool(op: "MaxPool" | "AveragePool"): Translation {
  return (call) => {
    const { node, graph } = call;
    const isFirst = textOf(node, "data_format", "NHWC") === "NCHW";
    const kernel = intsOf(node, "ksize");
    const steps = kernel?.length === 4 ? stepsOf(node, isFirst ? kernel.slice(2) : kernel.slice(1, 3)) : undefined;
    if (steps === undefined) return undefined;
    const { image, asGiven } = imagesOf(call);
    return [asGiven(pooling(graph, op, image, steps))];
  };
}

const normalization: Translation = (call) => {
  const { node, graph, inputs } = call;
  if (boolOf(node, "is_training") || inputs.length < 5) return undefined;
  const { image, asGiven } = imagesOf(call);
  const statistics = inputs.slice(1, 5) as [string, string, string, string];
  return [asGiven(batchNormalization(graph, image, { statistics, epsilon: floatOf(node, "epsilon", 0.001) }))];
};

const localResponse: Translation = ({ node, graph, inputs }) => {
  const size = 2 * intOf(node, "depth_radius", 5) + 1;
  const attributes = {
    size,
    alpha: { float: Math.fround(floatOf(node, "alpha", 1) * size) },
    beta: { float: Math.fround(floatOf(node, "beta", 0.5)) },
    bias: { float: Math.fround(floatOf(node, "bias", 1)) },
  };
  return [graph.addTurned("LRN", inputs[0], [], attributes)];
};

/** Layers of images. */
export const CONVOLUTIONS: TranslationTable = {
  Conv2D: plainConvolution,
  _FusedConv2D: fusedConvolution,
  DepthwiseConv2d: plainDepthwise,
  DepthwiseConv2dNative: plainDepthwise,
  FusedDepthwiseConv2dNative: fusedDepthwise,
  Conv2DBackpropInput: transposedConvolution,
  MaxPool: pool("MaxPool"),
  AvgPool: pool("AveragePool"),
  FusedBatchNorm: normalization,
  FusedBatchNormV2: normalization,
  FusedBatchNormV3: normalization,
  LRN: localResponse,
};
