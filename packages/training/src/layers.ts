import { floatAttribute, intAttribute, intsAttribute, type Node } from "@deep-compression/network";
import { convLayer } from "./conv-layer";
import {
  allocateValue,
  type CompiledLayer,
  checkWindow,
  elements,
  emitProduct,
  type LayerContext,
  ownGradients,
  refuse,
  type Value,
} from "./layer";
import { padded } from "./parameters";

function gemmLayer(context: LayerContext, node: Node, input: Value): CompiledLayer {
  if (intAttribute(node, "transA", 0) !== 0 || intAttribute(node, "transB", 0) !== 1)
    refuse(node, "transA = 1 or transB = 0");
  if (floatAttribute(node, "alpha", 1) !== 1 || floatAttribute(node, "beta", 1) !== 1)
    refuse(node, "alpha or beta other than 1");
  if (node.inputs.length !== 3) refuse(node, "a layer without bias");
  const weight = context.parameters.named(node.inputs[1]!);
  const bias = context.parameters.named(node.inputs[2]!);
  const [outputs = 1, inputs = 1] = weight.shape;
  if (!input.flat || inputs !== input.channels) refuse(node, `an input that is not [N, ${inputs}]`);
  const { images, emit } = context;
  const output = allocateValue(context, { flat: true, channels: outputs, height: 1, width: 1 });
  const [x, w] = [
    { a: input.data, lda: inputs },
    { b: weight.weights, ldb: inputs },
  ];
  emitProduct(context, { m: images, n: outputs, k: inputs, ...x, ...w, transposeB: 1, c: output.data, ldc: outputs });
  emit({ op: "addRowBias", rows: images, columns: outputs, y: output.data, bias: bias.weights });
  const squares = context.trackerOf(weight.name);
  const decay = context.trackDecay;
  if (squares) emit({ op: "trackColumns", rows: images, columns: inputs, x: input.data, squares, decay });
  const backward = () => {
    const dy = { a: output.gradient, lda: outputs };
    const ofWeights = { b: input.data, ldb: inputs, c: ownGradients(context, weight), ldc: inputs };
    emitProduct(context, { m: outputs, n: inputs, k: images, ...dy, transposeA: 1, ...ofWeights });
    emit({ op: "columnSums", rows: images, columns: outputs, x: dy.a, out: ownGradients(context, bias) });
    if (input.gradient)
      emitProduct(context, { m: images, n: inputs, k: outputs, ...dy, ...w, c: input.gradient, ldc: inputs });
  };
  return { output, backward };
}

function reluLayer({ images, emit }: LayerContext, _node: Node, input: Value): CompiledLayer {
  const n = padded(elements(input, images));
  emit({ op: "relu", n, x: input.data });
  const backward = () => {
    if (input.gradient) emit({ op: "reluGradient", n, dy: input.gradient, y: input.data });
  };
  return { output: input, backward };
}

function maxPoolLayer(context: LayerContext, node: Node, input: Value): CompiledLayer {
  const two = (name: string) => intsAttribute(node, name)?.every((value) => value === 2) ?? false;
  const { channels, height, width } = input;
  if (!two("kernel_shape") || !two("strides") || height % 2 !== 0 || width % 2 !== 0 || input.flat)
    refuse(node, "pooling other than 2x2, stride 2, over even sizes");
  checkWindow(node, {});
  const { images, emit } = context;
  const output = allocateValue(context, { flat: false, channels, height: height / 2, width: width / 2 });
  const n = elements(output, images);
  const argmax = context.scope.allocate(n * 4);
  emit({ op: "maxPool", planes: channels * images, height, width, x: input.data, y: output.data, argmax });
  const backward = () => {
    const size = elements(input, images);
    if (input.gradient) emit({ op: "maxPoolGradient", n, size, dy: output.gradient, argmax, dx: input.gradient });
  };
  return { output, backward };
}

function flattenLayer(context: LayerContext, node: Node, input: Value): CompiledLayer {
  if (intAttribute(node, "axis", 1) !== 1) refuse(node, "an axis other than 1");
  if (input.flat) return { output: input, backward: () => {} };
  const { channels } = input;
  const { images, emit } = context;
  const length = input.height * input.width;
  const output = allocateValue(context, { flat: true, channels: channels * length, height: 1, width: 1 });
  emit({ op: "channelsToRows", channels, images, length, x: input.data, rows: output.data });
  const backward = () => {
    if (input.gradient)
      emit({ op: "rowsToChannels", channels, images, length, rows: output.gradient, x: input.gradient });
  };
  return { output, backward };
}

const LAYERS: Readonly<Record<string, typeof gemmLayer>> = {
  Gemm: gemmLayer,
  Conv: convLayer,
  Relu: reluLayer,
  MaxPool: maxPoolLayer,
  Flatten: flattenLayer,
};

/**
 * Emits the forward pass of a node, and gives its output and its backward pass.
 * @throws RangeError if training does not support the node, naming it.
 */
export function compileLayer(context: LayerContext, node: Node, input: Value): CompiledLayer {
  const isKnown = node.domain === undefined && Object.hasOwn(LAYERS, node.op);
  const layer = (isKnown && LAYERS[node.op]) || refuse(node, "this operator");
  return layer(context, node, input);
}
