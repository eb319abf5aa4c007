import { intAttribute, type Node } from "@deep-compression/network";
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
import { float, Op, type ProgramWriter } from "./program";

/** Images of a convolution that are unrolled at once: a megabyte of columns for LeNet-5's second layer. */
const IMAGES_AT_ONCE = 8;

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

/** A convolution as matrix products over unrolled images. */
export function convLayer(writer: ProgramWriter, context: LayerContext, node: Node, input: Value): CompiledLayer {
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
