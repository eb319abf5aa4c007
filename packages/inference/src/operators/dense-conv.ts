import { misfit, type Node, windowsOf } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { type Convolution, groupsOf, imageShape, threeWindows } from "../convolution-shape";
import { type ConvolutionOperands, convolveDense } from "../dense-convolution";
import { finisherOf, finishing } from "../finisher";
import { CONVOLUTION, PRODUCT } from "../kernels.generated";
import { ofLatestShapes } from "../latest-shapes";
import { type Context, type Finisher, floatsOf, type Operation, required, type Site, withKernels } from "../operation";
import type { Value } from "../value";

/** Computes the outputs of a convolution whose shapes fit. */
type ConvolutionKernel = (context: Context, shape: Convolution, operands: ConvolutionOperands) => void;

/**
 * Conv whose filters are all dense: one in codes is laid out with all its weights. It has no loops for filters of one channel each, which
 * are multiplied one by one.
 */
export const denseConv = /* @__PURE__ */ withKernels(
  [CONVOLUTION, PRODUCT],
  /* @__PURE__ */ finishing((site) => denseConvolution(site, convFinisher(site), convolveDense)),
);

/** What a Conv does to its outputs. */
export function convFinisher(site: Site): Finisher {
  return finisherOf(site, weightShape(site)?.[0]);
}

/** Conv with a dense filter. */
export function denseConvolution({ node }: Site, finish: Finisher, convolve: ConvolutionKernel): Operation {
  const convolution = ofLatestShapes(convolutionOf);
  return {
    run(inputs, context) {
      const [x, w, bias] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
      for (const value of [x, w, bias]) if (value) floatsOf(node, value);
      const { shape, output } = convolution(node, x.shape, w.shape);
      checkBias(node, bias, w.shape[0]!);
      const y = context.output(x.type, output);
      const operands = { x: x.address, w: w.address, y: y.address, finish: finish.steps(inputs, y) };
      convolve(context, shape, operands);
      return [finish.rest(inputs, y, context)];
    },
  };
}

/** The shape of weights that do not change from run to run. */
export function weightShape(site: Site): readonly number[] | undefined {
  return (site.stored(1) ?? site.constant(1))?.shape;
}

/** The convolution of an input by weights, and the shape of its output. @throws RangeError naming the node */
export function convolutionOf(
  node: Node,
  input: readonly number[],
  weights: readonly number[],
): { readonly shape: Convolution; readonly output: readonly number[] } {
  const { batch, channels, spatial } = imageShape(node, input);
  const { batch: outputs, channels: perGroup, spatial: kernel } = imageShape(node, weights);
  const groups = groupsOf(node, [channels, outputs]);
  if (perGroup * groups !== channels)
    throw misfit(node, `weights of shape ${shapeText(weights)} in ${groups} groups do not fit ${channels} channels`);
  const windows = windowsOf(node, spatial, kernel);
  const shape = {
    batch,
    groups,
    channels: perGroup,
    outputs: outputs / groups,
    ...threeWindows(node, windows),
  };
  return { shape, output: [batch, outputs, ...windows.map(({ output }) => output)] };
}

/** @throws RangeError naming the node unless a bias is absent or has one element a channel */
export function checkBias(node: Node, bias: Value | undefined, channels: number): void {
  if (bias === undefined || (bias.shape.length === 1 && bias.size === channels)) return;
  throw misfit(node, `bias expected shape ${shapeText([channels])}, got ${shapeText(bias.shape)}`);
}
