import {
  describeNode,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "@deep-compression/network";
import type { Arena } from "./arena";
import { type Parameter, type Parameters, padded } from "./parameters";
import { float, Op, type ProgramWriter } from "./program";

/**
 * A value between layers, for the images of one thread: [images][features] once `flat`, else
 * [channels][images][height * width]. The gradient has the same layout; 0: nobody needs it.
 */
export interface Value {
  readonly flat: boolean;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: number;
  readonly gradient: number;
}

/** What the layers of one thread's program are compiled with. */
export interface LayerContext {
  readonly arena: Arena;
  readonly parameters: Parameters;
  readonly thread: number;
  /** Images of this thread in a batch. */
  readonly images: number;
  /** Scratch of a matrix product; grows with the largest. */
  readonly scratch: Scratch;
  /** Inputs' running squares by weight name, when they are wanted: their address. */
  readonly trackers?: ReadonlyMap<string, number>;
  readonly trackDecay: number;
}

/** Room that is used within one instruction or one layer only, so that all layers share it. */
export interface Scratch {
  product(m: number, n: number): number;
  columns(floats: number): readonly [number, number];
}

export interface CompiledLayer {
  readonly output: Value;
  /** Emits the backward pass: from the output's gradient to the input's and the parameters'. */
  readonly backward: (writer: ProgramWriter) => void;
}

/** Images of a convolution that are unrolled at once: a megabyte of columns for LeNet-5's second layer. */
const IMAGES_AT_ONCE = 8;

export function elements(value: Value, images: number): number {
  return value.channels * value.height * value.width * images;
}

/** A value of this shape with room for its data and its gradient. */
export function allocateValue(
  context: LayerContext,
  shape: Pick<Value, "flat" | "channels" | "height" | "width">,
): Value {
  const bytes = padded(shape.channels * shape.height * shape.width * context.images) * 4;
  return { ...shape, data: context.arena.allocate(bytes), gradient: context.arena.allocate(bytes) };
}

function ownGradients(context: LayerContext, parameter: Parameter): number {
  return parameter.gradients + context.thread * context.parameters.gradientStride;
}

function refuse(node: Node, what: string): never {
  throw new RangeError(`${describeNode(node)}: training does not support ${what}`);
}

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

/** Refuses a window that is padded, or in one of the named ways unusual. */
function checkWindow(node: Node, usual: Readonly<Record<string, number>>): void {
  for (const [name, expected] of Object.entries({ ...usual, dilations: 1, pads: 0 })) {
    if (intsAttribute(node, name)?.some((value) => value !== expected)) refuse(node, `${name} other than ${expected}`);
  }
  const padding = stringAttribute(node, "auto_pad", "NOTSET");
  if (padding !== "NOTSET" && padding !== "VALID") refuse(node, `auto_pad ${padding}`);
}

function checkConv(node: Node, kernel: readonly number[]): void {
  if (kernel[0] !== kernel[1]) refuse(node, "a kernel that is not square");
  if (intAttribute(node, "group", 1) !== 1) refuse(node, "groups");
  checkWindow(node, { strides: 1 });
  if (node.inputs.length !== 3) refuse(node, "a layer without bias");
}

/** Groups of images [first, first + size) that are unrolled together. */
function imageGroups(images: number): { readonly first: number; readonly size: number }[] {
  const groups = [];
  for (let first = 0; first < images; first += IMAGES_AT_ONCE)
    groups.push({ first, size: Math.min(IMAGES_AT_ONCE, images - first) });
  return groups;
}

function convLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
  const weight = context.parameters.named(node.inputs[1]);
  const [channels, , kernel] = weight.shape;
  checkConv(node, weight.shape.slice(2));
  if (input.flat || weight.shape[1] !== input.channels)
    refuse(node, `an input that is not [N, ${weight.shape[1]}, H, W]`);
  const bias = context.parameters.named(node.inputs[2]);
  const { images, scratch } = context;
  const output = allocateValue(context, {
    flat: false,
    channels,
    height: input.height - kernel + 1,
    width: input.width - kernel + 1,
  });
  const plane = output.height * output.width;
  const inputPlane = input.height * input.width;
  const taps = input.channels * kernel * kernel;
  const [columns, columnGradients] = scratch.columns(taps * plane * Math.min(IMAGES_AT_ONCE, images));
  const geometry = (size: number) => [input.channels, size, images, input.height, input.width, kernel];
  const tracker = context.trackers?.get(weight.name);
  for (const { first, size } of imageGroups(images)) {
    const n = size * plane;
    writer.emit(Op.Im2col, ...geometry(size), input.data + first * inputPlane * 4, columns);
    if (tracker) writer.emit(Op.TrackRows, taps, n, columns, tracker, float(first === 0 ? context.trackDecay : 1));
    const to = output.data + first * plane * 4;
    writer.emit(
      Op.Gemm,
      channels,
      n,
      taps,
      weight.weights,
      taps,
      0,
      columns,
      n,
      0,
      to,
      images * plane,
      0,
      scratch.product(channels, n),
    );
  }
  writer.emit(Op.AddChannelBias, channels, images * plane, output.data, bias.weights);
  const backward = (w: ProgramWriter) => {
    const dw = ownGradients(context, weight);
    w.emit(Op.ChannelSums, channels, images * plane, output.gradient, ownGradients(context, bias));
    if (input.gradient) w.emit(Op.Fill, input.gradient, elements(input, images) * 4);
    for (const { first, size } of imageGroups(images)) {
      const n = size * plane;
      const dy = output.gradient + first * plane * 4;
      w.emit(Op.Im2col, ...geometry(size), input.data + first * inputPlane * 4, columns);
      const add = first === 0 ? 0 : 1;
      w.emit(
        Op.Gemm,
        channels,
        taps,
        n,
        dy,
        images * plane,
        0,
        columns,
        n,
        1,
        dw,
        taps,
        add,
        scratch.product(channels, taps),
      );
      if (!input.gradient) continue;
      w.emit(
        Op.Gemm,
        taps,
        n,
        channels,
        weight.weights,
        taps,
        1,
        dy,
        images * plane,
        0,
        columnGradients,
        n,
        0,
        scratch.product(taps, n),
      );
      w.emit(Op.Col2im, ...geometry(size), columnGradients, input.gradient + first * inputPlane * 4);
    }
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
