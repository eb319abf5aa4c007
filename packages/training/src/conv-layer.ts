import { intAttribute, type Node } from "@deep-compression/network";
import type { Convolution } from "./convolution";
import { depthwiseLayer } from "./depthwise-layer";
import {
  allocateValue,
  type CompiledLayer,
  emitProduct,
  type LayerCompiler,
  type LayerContext,
  ownGradients,
  refuse,
} from "./layer";
import { padded } from "./parameters";
import { padPlanes, slidingOver, windowsOver } from "./sliding-window";

/** Most images of a convolution that are unrolled at once: a megabyte of columns for LeNet-5's second layer. */
const IMAGES_AT_ONCE = 8;

/** Groups of images [first, first + size) that are unrolled together. */
function imageGroups(images: number): { readonly first: number; readonly size: number }[] {
  const groups = [];
  for (let first = 0; first < images; first += IMAGES_AT_ONCE)
    groups.push({ first, size: Math.min(IMAGES_AT_ONCE, images - first) });
  return groups;
}

/** A convolution over planes: by its own kernel where each output has one input, else as matrix products. */
export const convLayer: LayerCompiler = (context, node, [input]) => {
  const weight = context.parameters.named(node.inputs[1]!);
  const [channels = 1, perGroup = 1, ...kernel] = weight.shape;
  const groups = intAttribute(node, "group", 1);
  if (kernel.length !== 2) refuse(node, "a kernel that is not two-dimensional");
  if (input.flat || perGroup * groups !== input.channels || channels % groups !== 0)
    refuse(node, `an input that is not [N, ${perGroup * groups}, H, W]`);
  const windows = windowsOver(node, input, kernel);
  const product = groups > 1 && perGroup === 1 ? depthwiseLayer : unrolledLayer;
  const layer = product(context, node, { input, weight, windows, groups });
  return withBias(context, node, layer);
};

function withBias(context: LayerContext, node: Node, layer: CompiledLayer): CompiledLayer {
  if (!node.inputs[2]) return layer;
  const { emit, images } = context;
  const { channels, height, width, data, gradient } = layer.output;
  const bias = context.parameters.named(node.inputs[2]);
  const planes = { channels, length: images * height * width };
  emit({ op: "addChannelBias", ...planes, y: data, bias: bias.weights });
  const backward = () => {
    emit({ op: "channelSums", ...planes, x: gradient, out: ownGradients(context, bias) });
    layer.backward();
  };
  return { ...layer, backward };
}

/** As matrix products over unrolled images, one for each group of channels. */
function unrolledLayer(context: LayerContext, _node: Node, convolution: Convolution): CompiledLayer {
  const { input, weight, windows, groups } = convolution;
  const { images, scratch, emit } = context;
  const [channels = 1, perGroup = 1] = weight.shape;
  const { vertical, horizontal } = windows;
  const output = allocateValue(context, { flat: false, channels, height: vertical.output, width: horizontal.output });
  const planes = padPlanes(context, input, windows);
  const plane = vertical.output * horizontal.output;
  const length = images * plane;
  const inputPlane = planes.height * planes.width;
  const rows = channels / groups;
  const taps = perGroup * vertical.kernel * horizontal.kernel;
  const columnBytes = padded(taps * plane * Math.min(IMAGES_AT_ONCE, images)) * 4;
  const columns = scratch("columns", 2 * columnBytes);
  const columnGradients = columns + columnBytes;
  const geometry = { channels: perGroup, total: images, ...slidingOver(planes, windows) };
  /** Products that a step is made of: images [first, first + size) of the channels of a group. */
  const parts = imageGroups(images).flatMap(({ first, size }) =>
    Array.from({ length: groups }, (_, group) => ({
      n: size * plane,
      size,
      isFirst: first === 0,
      inputAt: (group * perGroup * images + first) * inputPlane * 4,
      outputAt: (group * rows * length + first * plane) * 4,
      weightAt: group * rows * taps * 4,
      isFirstOfAll: first === 0 && group === 0,
    })),
  );
  const squares = context.trackerOf(weight.name);
  for (const { n, size, inputAt, outputAt, weightAt, isFirstOfAll } of parts) {
    emit({ op: "im2col", ...geometry, images: size, x: planes.data + inputAt, columns });
    const decay = isFirstOfAll ? context.trackDecay : 1;
    if (squares) emit({ op: "trackRows", rows: taps, length: n, x: columns, squares, decay });
    const ofWeights = { a: weight.weights + weightAt, lda: taps };
    emitProduct(context, {
      m: rows,
      n,
      k: taps,
      ...ofWeights,
      b: columns,
      ldb: n,
      c: output.data + outputAt,
      ldc: length,
    });
  }
  const backward = () => {
    const dw = ownGradients(context, weight);
    const dx = planes.clearedGradient();
    for (const { n, size, isFirst, inputAt, outputAt, weightAt } of parts) {
      const dy = output.gradient + outputAt;
      emit({ op: "im2col", ...geometry, images: size, x: planes.data + inputAt, columns });
      const ofWeights = { m: rows, n: taps, k: n, a: dy, lda: length, b: columns, ldb: n, c: dw + weightAt, ldc: taps };
      emitProduct(context, { ...ofWeights, transposeB: 1, accumulate: isFirst ? 0 : 1 });
      if (!dx) continue;
      const ofColumns = { m: taps, n, k: rows, a: weight.weights + weightAt, lda: taps, b: dy, ldb: length };
      emitProduct(context, { ...ofColumns, transposeA: 1, c: columnGradients, ldc: n });
      emit({ op: "col2im", ...geometry, images: size, columns: columnGradients, x: dx + inputAt });
    }
    planes.finishGradient();
  };
  return { output, backward, positions: plane * groups };
}
