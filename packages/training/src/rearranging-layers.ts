import { intAttribute, intsAttribute, type Node, stringAttribute } from "@deep-compression/network";
import {
  allocateValue,
  type CompiledLayer,
  elements,
  type LayerCompiler,
  type LayerContext,
  refuse,
  type Value,
} from "./layer";
import { constantNumbers } from "./parameters";

/** A value as rows of features. */
export function flattened(context: LayerContext, input: Value): CompiledLayer {
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

export const flattenLayer: LayerCompiler = (context, node, [input]) => {
  if (intAttribute(node, "axis", 1) !== 1) refuse(node, "an axis other than 1");
  return flattened(context, input);
};

/** Of reshapes that which flattens. */
export const reshapeLayer: LayerCompiler = (context, node, [input]) => {
  const shape = constantNumbers(context.parameters, node.inputs[1]);
  const features = elements(input, 1);
  if (shape?.length !== 2 || (shape[1] !== features && (shape[1] !== -1 || shape[0] === -1)))
    refuse(node, `a shape other than [N, ${features}]`);
  return flattened(context, input);
};

export const identityLayer: LayerCompiler = (_context, _node, [input]) => ({ output: input, backward: () => {} });

/** Some of the cells along one axis: `start`, `start` + `step`, ... */
interface AxisRange {
  readonly start: number;
  readonly count: number;
  readonly step: number;
}

/** Emits the copy of a whole value to the cells of a larger one that the ranges of its axes name, or back. */
function emitCells(
  { emit, images }: LayerContext,
  [channels, rows, columns]: readonly [AxisRange, AxisRange, AxisRange],
  {
    large,
    largeWidth,
    largePlane,
    small,
    direction,
  }: {
    readonly large: number;
    readonly largeWidth: number;
    readonly largePlane: number;
    readonly small: number;
    readonly direction: "to small" | "to large";
  },
): void {
  const start = channels.start * images * largePlane + rows.start * largeWidth + columns.start;
  const there = [large + start * 4, largePlane, rows.step * largeWidth, columns.step] as const;
  const here = [small, rows.count * columns.count, columns.count, 1] as const;
  const [from, to] = direction === "to small" ? [there, here] : [here, there];
  emit({
    op: "copyPlanes",
    planes: channels.count * images,
    rows: rows.count,
    columns: columns.count,
    from: from[0],
    fromPlane: from[1],
    fromRow: from[2],
    fromColumn: from[3],
    to: to[0],
    toPlane: to[1],
    toRow: to[2],
    toColumn: to[3],
  });
}

/** Numbers that newer versions of an operator take as an input, and older ones as an attribute. */
function numbersOf({ parameters }: LayerContext, node: Node, place: number, attribute: string) {
  return constantNumbers(parameters, node.inputs[place]) ?? intsAttribute(node, attribute);
}

/** The range that a Slice takes of an axis (ONNX's rules for what is negative or beyond the end). */
function sliceRange(node: Node, size: number, [start, end, step]: readonly [number, number, number]): AxisRange {
  if (step < 1) refuse(node, "steps that are not positive");
  const place = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
  const [first, last] = [place(start), place(end)];
  if (last <= first) refuse(node, "an empty slice");
  return { start: first, count: Math.ceil((last - first) / step), step };
}

export const sliceLayer: LayerCompiler = (context, node, [input]) => {
  if (input.flat) refuse(node, "an input that is not [N, C, H, W]");
  const starts = numbersOf(context, node, 1, "starts");
  const ends = numbersOf(context, node, 2, "ends");
  if (!starts || !ends) refuse(node, "starts and ends that are not constant");
  const axes = (numbersOf(context, node, 3, "axes") ?? starts.map((_, i) => i)).map((axis) =>
    axis < 0 ? axis + 4 : axis,
  );
  const steps = constantNumbers(context.parameters, node.inputs[4]) ?? starts.map(() => 1);
  if (axes.includes(0)) refuse(node, "slices of the batch");
  const sizes = [input.channels, input.height, input.width] as const;
  const rangeOf = (axis: number): AxisRange => {
    const at = axes.indexOf(axis);
    const size = sizes[axis - 1]!;
    return at < 0 ? { start: 0, count: size, step: 1 } : sliceRange(node, size, [starts[at]!, ends[at]!, steps[at]!]);
  };
  const ranges = [rangeOf(1), rangeOf(2), rangeOf(3)] as const;
  if (ranges[0].step !== 1) refuse(node, "steps along the channels");
  const [channels, height, width] = ranges.map(({ count }) => count) as [number, number, number];
  const output = allocateValue(context, { flat: false, channels, height, width });
  const large = { largeWidth: input.width, largePlane: input.height * input.width };
  emitCells(context, ranges, { ...large, large: input.data, small: output.data, direction: "to small" });
  const backward = () => {
    if (!input.gradient) return;
    context.emit({ op: "clear", address: input.gradient, bytes: elements(input, context.images) * 4 });
    emitCells(context, ranges, { ...large, large: input.gradient, small: output.gradient, direction: "to large" });
  };
  return { output, backward };
};

/** Zeros around a value, in channels, height and width. They are written once, so nobody may change the output in place. */
export const padLayer: LayerCompiler = (context, node, [input]) => {
  const pads = numbersOf(context, node, 1, "pads");
  const [value = 0] = constantNumbers(context.parameters, node.inputs[2]) ?? [];
  if (stringAttribute(node, "mode", "constant") !== "constant" || value !== 0)
    refuse(node, "padding by other than zeros");
  if (node.inputs[3]) refuse(node, "padding of named axes");
  if (input.flat || pads?.length !== 8)
    refuse(node, "an input that is not [N, C, H, W], or pads that are not constant");
  if (pads.some((pad) => pad < 0) || pads[0] !== 0 || pads[4] !== 0)
    refuse(node, "negative pads, or pads of the batch");
  const sizes = [input.channels, input.height, input.width];
  const [channels, height, width] = sizes.map((size, i) => size + pads[i + 1]! + pads[i + 5]!) as [
    number,
    number,
    number,
  ];
  const range = (i: number): AxisRange => ({ start: pads[i + 1]!, count: sizes[i]!, step: 1 });
  const ranges = [range(0), range(1), range(2)] as const;
  const output = allocateValue(context, { flat: false, channels, height, width });
  const large = { largeWidth: width, largePlane: height * width };
  emitCells(context, ranges, { ...large, large: output.data, small: input.data, direction: "to large" });
  const backward = () => {
    if (!input.gradient) return;
    emitCells(context, ranges, { ...large, large: output.gradient, small: input.gradient, direction: "to small" });
  };
  return { output: { ...output, readOnly: true }, backward };
};

/** Values one behind the other along the channels. */
export const concatLayer: LayerCompiler = (context, node, inputs) => {
  const [first] = inputs;
  const { height, width } = first;
  const fits = (value: Value) => !value.flat && value.height === height && value.width === width;
  if (![1, -3].includes(intAttribute(node, "axis", 1)) || !inputs.every(fits) || inputs.length !== node.inputs.length)
    refuse(node, "other than values [N, C, H, W] along the channels");
  const { emit, images } = context;
  const channels = inputs.reduce((sum, value) => sum + value.channels, 0);
  const output = allocateValue(context, { flat: false, channels, height, width });
  let at = 0;
  const parts = inputs.map((value) => {
    const part = { value, at, bytes: elements(value, images) * 4 };
    at += part.bytes;
    return part;
  });
  for (const { value, at: to, bytes } of parts) emit({ op: "copy", bytes, from: value.data, to: output.data + to });
  const backward = () => {
    for (const { value, at: from, bytes } of parts)
      if (value.gradient) emit({ op: "copy", bytes, from: output.gradient + from, to: value.gradient });
  };
  return { output, backward };
};
