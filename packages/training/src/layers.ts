import { floatAttribute, intAttribute, intsAttribute, type Node } from "@deep-compression/network";
import { convLayer } from "./conv-layer";
import {
  allocateValue,
  type CompiledLayer,
  checkWindow,
  elements,
  type LayerContext,
  ownGradients,
  refuse,
  type Value,
} from "./layer";
import { padded } from "./parameters";
import { float, Op, type ProgramWriter } from "./program";

function gemmLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
  if (intAttribute(node, "transA", 0) !== 0 || intAttribute(node, "transB", 0) !== 1)
    refuse(node, "transA = 1 or transB = 0");
  if (floatAttribute(node, "alpha", 1) !== 1 || floatAttribute(node, "beta", 1) !== 1)
    refuse(node, "alpha or beta other than 1");
  if (node.inputs.length !== 3) refuse(node, "a layer without bias");
  const weight = context.parameters.named(node.inputs[1]);
  const bias = context.parameters.named(node.inputs[2]);
  const [outputs, inputs] = weight.shape;
  if (!input.flat || inputs !== input.channels) refuse(node, `an input that is not [N, ${inputs}]`);
  const { images, scratch } = context;
  const output = allocateValue(context, { flat: true, channels: outputs, height: 1, width: 1 });
  const product = (w: ProgramWriter, m: number, n: number, k: number, ...rest: readonly number[]) =>
    w.emit(Op.Gemm, m, n, k, ...rest, 0, scratch.product(m, n));
  product(writer, images, outputs, inputs, input.data, inputs, 0, weight.weights, inputs, 1, output.data, outputs);
  writer.emit(Op.AddRowBias, images, outputs, output.data, bias.weights);
  const tracker = context.trackers?.get(weight.name);
  if (tracker) writer.emit(Op.TrackColumns, images, inputs, input.data, tracker, float(context.trackDecay));
  const backward = (w: ProgramWriter) => {
    const [dy, dw] = [output.gradient, ownGradients(context, weight)];
    product(w, outputs, inputs, images, dy, outputs, 1, input.data, inputs, 0, dw, inputs);
    w.emit(Op.ColumnSums, images, outputs, dy, ownGradients(context, bias));
    if (input.gradient)
      product(w, images, inputs, outputs, dy, outputs, 0, weight.weights, inputs, 0, input.gradient, inputs);
  };
  return { output, backward };
}

function reluLayer(writer: ProgramWriter, context: LayerContext, _node: Node, input: Value): CompiledLayer {
  const n = padded(elements(input, context.images));
  writer.emit(Op.Relu, n, input.data);
  const backward = (w: ProgramWriter) => {
    if (input.gradient) w.emit(Op.ReluGradient, n, input.gradient, input.data);
  };
  return { output: input, backward };
}

function maxPoolLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
  const two = (name: string) => intsAttribute(node, name)?.every((value) => value === 2) ?? false;
  const odd = input.height % 2 !== 0 || input.width % 2 !== 0;
  if (!two("kernel_shape") || !two("strides") || odd || input.flat)
    refuse(node, "pooling other than 2x2, stride 2, over even sizes");
  checkWindow(node, {});
  const { channels } = input;
  const output = allocateValue(context, { flat: false, channels, height: input.height / 2, width: input.width / 2 });
  const size = elements(output, context.images);
  const winners = context.arena.allocate(size * 4);
  writer.emit(Op.MaxPool, channels * context.images, input.height, input.width, input.data, output.data, winners);
  const backward = (w: ProgramWriter) => {
    if (input.gradient)
      w.emit(Op.MaxPoolGradient, size, elements(input, context.images), output.gradient, winners, input.gradient);
  };
  return { output, backward };
}

function flattenLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
  if (intAttribute(node, "axis", 1) !== 1) refuse(node, "an axis other than 1");
  if (input.flat) return { output: input, backward: () => {} };
  const { channels } = input;
  const length = input.height * input.width;
  const output = allocateValue(context, { flat: true, channels: channels * length, height: 1, width: 1 });
  writer.emit(Op.ChannelsToRows, channels, context.images, length, input.data, output.data);
  const backward = (w: ProgramWriter) => {
    if (input.gradient) w.emit(Op.RowsToChannels, channels, context.images, length, output.gradient, input.gradient);
  };
  return { output, backward };
}

const layers: Readonly<Record<string, typeof gemmLayer>> = {
  Gemm: gemmLayer,
  Conv: convLayer,
  Relu: reluLayer,
  MaxPool: maxPoolLayer,
  Flatten: flattenLayer,
};

/**
 * Emits the forward pass of a node, and gives its output and its backward pass.
 * @throws RangeError naming the node if training does not support it.
 */
export function compileLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
  const layer = Object.hasOwn(layers, node.op) ? layers[node.op] : refuse(node, "this operator");
  return layer(writer, context, node, input);
}
