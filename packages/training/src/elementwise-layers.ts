import { floatAttribute, type Node } from "@deep-compression/network";
import {
  allocateValue,
  type CompiledLayer,
  elements,
  type LayerCompiler,
  type LayerContext,
  ownGradients,
  ownValue,
  refuse,
  type Value,
} from "./layer";
import { constantNumbers, type Parameter, padded } from "./parameters";

export const reluLayer: LayerCompiler = (context, _node, [input]) => {
  const { images, emit } = context;
  const { output, backward: copyBack } = ownValue(context, input, "rectifies");
  const n = padded(elements(input, images));
  emit({ op: "relu", n, x: output.data });
  const backward = () => {
    if (output.gradient) emit({ op: "reluGradient", n, dy: output.gradient, y: output.data });
    copyBack();
  };
  return { output: { ...output, rectified: true }, backward };
};

/** Clip between two constants, such as ReLU6. */
export const clipLayer: LayerCompiler = (context, node, [input]) => {
  const bound = (place: number, attribute: string, none: number) => {
    const numbers = constantNumbers(context.parameters, node.inputs[place]);
    if (node.inputs[place] && numbers === undefined) refuse(node, "bounds that are not constant");
    return numbers?.[0] ?? floatAttribute(node, attribute, none);
  };
  const bounds = { low: bound(1, "min", Number.NEGATIVE_INFINITY), high: bound(2, "max", Number.POSITIVE_INFINITY) };
  const { images, emit } = context;
  const { output, backward: copyBack } = ownValue(context, input, "any");
  const n = padded(elements(input, images));
  emit({ op: "clip", n, x: output.data, ...bounds });
  const backward = () => {
    if (output.gradient) emit({ op: "clipGradient", n, dy: output.gradient, y: output.data, ...bounds });
    copyBack();
  };
  return { output: { ...output, readOnly: true }, backward };
};

/** The sum of two values of one shape, or of a value and a bias for each channel. */
export const addLayer: LayerCompiler = (context, node, inputs) => {
  const [a, b] = inputs;
  if (b === undefined) {
    const name = node.inputs.find((input) => context.parameters.list.some((parameter) => parameter.name === input));
    if (name === undefined) refuse(node, "a sum with what is no value and no bias");
    return biasLayer(context, node, { input: a, bias: context.parameters.named(name) });
  }
  const isSame = a.flat === b.flat && a.channels === b.channels && a.height === b.height && a.width === b.width;
  if (!isSame) refuse(node, "sums of values of different shapes");
  const { images, emit } = context;
  const output = allocateValue(context, a);
  const n = padded(elements(a, images));
  emit({ op: "add", n, a: a.data, b: b.data, y: output.data });
  const backward = () => {
    for (const { gradient } of [a, b])
      if (gradient) emit({ op: "copy", bytes: n * 4, from: output.gradient, to: gradient });
  };
  return { output, backward };
};

function biasLayer(
  context: LayerContext,
  node: Node,
  { input, bias }: { readonly input: Value; readonly bias: Parameter },
): CompiledLayer {
  const { flat, channels, height, width } = input;
  const shape = bias.shape.join();
  const fitting = flat ? [`${channels}`, `1,${channels}`] : [`${channels},1,1`, `1,${channels},1,1`];
  if (!fitting.includes(shape)) refuse(node, "a constant that is no bias for each channel");
  const { images, emit } = context;
  // The bias needs the output's gradient, which the input's own room has only if somebody needs the input's.
  const { output, backward: copyBack } = ownValue(
    context,
    input.gradient ? input : { ...input, readOnly: true },
    "any",
  );
  const [rows, planes] = [
    { rows: images, columns: channels },
    { channels, length: images * height * width },
  ];
  if (flat) emit({ op: "addRowBias", ...rows, y: output.data, bias: bias.weights });
  else emit({ op: "addChannelBias", ...planes, y: output.data, bias: bias.weights });
  const backward = () => {
    const sums = { x: output.gradient, out: ownGradients(context, bias) };
    emit(flat ? { op: "columnSums", ...rows, ...sums } : { op: "channelSums", ...planes, ...sums });
    copyBack();
  };
  return { output, backward };
}
