import { intAttribute, intsAttribute, type Node } from "@deep-compression/network";
import { allocateValue, type CompiledLayer, elements, type LayerCompiler, type LayerContext, refuse } from "./layer";
import { constantNumbers } from "./parameters";
import { flattened } from "./rearranging-layers";
import { padPlanes, slidingOver, type Windows, windowsOver } from "./sliding-window";

/** Windows of 2 x 2 that lie side by side over even sizes: they have a kernel of their own. */
function areHalves({ vertical, horizontal }: Windows): boolean {
  return [vertical, horizontal].every(
    ({ input, kernel, stride, output }) => kernel === 2 && stride === 2 && 2 * output === input,
  );
}

function checkPooling(node: Node, { vertical, horizontal }: Windows): void {
  for (const { dilation, kernel, padBegin, padEnd } of [vertical, horizontal]) {
    if (dilation !== 1) refuse(node, "dilations of a pooling");
    if (Math.max(padBegin, padEnd) >= kernel) refuse(node, "pads as large as the window");
  }
}

export const maxPoolLayer: LayerCompiler = (context, node, [input]) => {
  const windows = windowsOver(node, input);
  checkPooling(node, windows);
  if (node.outputs[1]) refuse(node, "the places of the maxima as an output");
  const { vertical, horizontal } = windows;
  const { images, emit } = context;
  const { channels, height, width } = input;
  const output = allocateValue(context, { flat: false, channels, height: vertical.output, width: horizontal.output });
  const n = elements(output, images);
  const argmax = context.scope.allocate(n * 4);
  const halves = areHalves(windows);
  const planes = { planes: channels * images, height, width, x: input.data, y: output.data, argmax };
  if (halves) emit({ op: "maxPool", ...planes });
  else
    emit({
      op: "maxPoolWindows",
      ...planes,
      outHeight: vertical.output,
      outWidth: horizontal.output,
      kernelHeight: vertical.kernel,
      kernelWidth: horizontal.kernel,
      strideY: vertical.stride,
      strideX: horizontal.stride,
      padY: vertical.padBegin,
      padX: horizontal.padBegin,
    });
  const backward = () => {
    const size = elements(input, images);
    const winners = { n, size, dy: output.gradient, argmax, dx: input.gradient };
    if (input.gradient) emit({ op: halves ? "maxPoolGradient" : "maxPoolWindowsGradient", ...winners });
  };
  return { output, backward };
};

/** A depthwise convolution with one weight for all. */
export const averagePoolLayer: LayerCompiler = (context, node, [input]) => {
  const windows = windowsOver(node, input);
  checkPooling(node, windows);
  const { vertical, horizontal } = windows;
  const isPadded = [vertical, horizontal].some(({ padBegin, padEnd }) => padBegin + padEnd > 0);
  if (isPadded && intAttribute(node, "count_include_pad", 0) === 0) refuse(node, "averages that leave out the padding");
  if (intAttribute(node, "ceil_mode", 0) !== 0) refuse(node, "windows that reach beyond the input (ceil_mode)");
  const { images, emit, scope } = context;
  const { channels } = input;
  const output = allocateValue(context, { flat: false, channels, height: vertical.output, width: horizontal.output });
  const planes = padPlanes(context, input, windows);
  const cells = vertical.kernel * horizontal.kernel;
  const w = scope.allocate(channels * cells * 4);
  emit({ op: "fill", n: channels * cells, address: w, value: 1 / cells });
  const geometry = { channels, multiplier: 1, images, ...slidingOver(planes, windows) };
  emit({ op: "depthwise", ...geometry, x: planes.data, w, y: output.data });
  const backward = () => {
    const dx = planes.clearedGradient();
    if (dx) emit({ op: "depthwiseInputGradient", ...geometry, dy: output.gradient, w, dx });
    planes.finishGradient();
  };
  return { output, backward };
};

export const globalAveragePoolLayer: LayerCompiler = (context, node, [input]): CompiledLayer => {
  if (input.flat) refuse(node, "an input that is not [N, C, H, W]");
  const { images, emit } = context;
  const { channels, height, width } = input;
  const output = allocateValue(context, { flat: false, channels, height: 1, width: 1 });
  const planes = { planes: channels * images, length: height * width };
  emit({ op: "planeMeans", ...planes, x: input.data, y: output.data });
  const backward = () => {
    if (input.gradient) emit({ op: "planeMeansGradient", ...planes, dy: output.gradient, dx: input.gradient });
  };
  return { output, backward };
};

/** Means over the two axes of planes: the same as GlobalAveragePool, with or without these axes. */
export const reduceMeanLayer: LayerCompiler = (context, node, inputs) => {
  const axes = reducedAxes(context, node).map((axis) => (axis < 0 ? axis + 4 : axis));
  if (axes.sort().join() !== "2,3") refuse(node, "means over other axes than height and width");
  const means = globalAveragePoolLayer(context, node, inputs);
  if (intAttribute(node, "keepdims", 1) !== 0) return means;
  const rows = flattened(context, means.output);
  const backward = () => {
    rows.backward();
    means.backward();
  };
  return { output: rows.output, backward };
};

function reducedAxes({ parameters }: LayerContext, node: Node): readonly number[] {
  return constantNumbers(parameters, node.inputs[1]) ?? intsAttribute(node, "axes") ?? [];
}
