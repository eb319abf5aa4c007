import { intAttribute, type Node } from "@deep-compression/network";
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
export function convLayer(context: LayerContext, node: Node, input: Value): CompiledLayer {
  const weight = context.parameters.named(node.inputs[1]!);
  const [channels = 1, , kernel = 1] = weight.shape;
  checkConv(node, weight.shape.slice(2));
  if (input.flat || weight.shape[1] !== input.channels)
    refuse(node, `an input that is not [N, ${weight.shape[1]}, H, W]`);
  const bias = context.parameters.named(node.inputs[2]!);
  const { images, scratch, emit } = context;
  const [height, width] = [input.height - kernel + 1, input.width - kernel + 1];
  const output = allocateValue(context, { flat: false, channels, height, width });
  const plane = height * width;
  const length = images * plane;
  const inputPlane = input.height * input.width;
  const taps = input.channels * kernel * kernel;
  const columnBytes = padded(taps * plane * Math.min(IMAGES_AT_ONCE, images)) * 4;
  const columns = scratch("columns", 2 * columnBytes);
  const columnGradients = columns + columnBytes;
  const geometry = { channels: input.channels, total: images, height: input.height, width: input.width, kernel };
  const squares = context.trackerOf(weight.name);
  for (const { first, size } of imageGroups(images)) {
    const n = size * plane;
    emit({ op: "im2col", ...geometry, images: size, x: input.data + first * inputPlane * 4, columns });
    const decay = first === 0 ? context.trackDecay : 1;
    if (squares) emit({ op: "trackRows", rows: taps, length: n, x: columns, squares, decay });
    const c = output.data + first * plane * 4;
    emitProduct(context, { m: channels, n, k: taps, a: weight.weights, lda: taps, b: columns, ldb: n, c, ldc: length });
  }
  emit({ op: "addChannelBias", channels, length, y: output.data, bias: bias.weights });
  const backward = () => {
    const dw = ownGradients(context, weight);
    emit({ op: "channelSums", channels, length, x: output.gradient, out: ownGradients(context, bias) });
    if (input.gradient) emit({ op: "clear", address: input.gradient, bytes: elements(input, images) * 4 });
    for (const { first, size } of imageGroups(images)) {
      const n = size * plane;
      const dy = output.gradient + first * plane * 4;
      emit({ op: "im2col", ...geometry, images: size, x: input.data + first * inputPlane * 4, columns });
      const ofWeights = { m: channels, n: taps, k: n, a: dy, lda: length, b: columns, ldb: n, c: dw, ldc: taps };
      emitProduct(context, { ...ofWeights, transposeB: 1, accumulate: first === 0 ? 0 : 1 });
      if (!input.gradient) continue;
      const ofColumns = { m: taps, n, k: channels, a: weight.weights, lda: taps, b: dy, ldb: length };
      emitProduct(context, { ...ofColumns, transposeA: 1, c: columnGradients, ldc: n });
      const x = input.gradient + first * inputPlane * 4;
      emit({ op: "col2im", ...geometry, images: size, columns: columnGradients, x });
    }
  };
  return { output, backward };
}
