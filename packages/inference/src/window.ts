import { describeNode, intAttribute, intsAttribute, type Node, stringAttribute } from "@deep-compression/network";

/** Most elements of one item's values together: a hostile graph may not ask for more. VGG-16 takes 2^25. */
export const MAX_FEATURES = 2 ** 26;

/** One axis of a sliding window: output o reads the inputs o * stride + k * dilation - padBegin for 0 <= k < kernel. */
export interface Window {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/**
 * The windows of a two-dimensional Conv or pooling node over an item [channels, height, width]; ONNX's strides, pads,
 * dilations, auto_pad and, for pooling, ceil_mode.
 *
 * @throws RangeError for a window that does not fit
 */
export function windows(node: Node, item: readonly number[], kernel: readonly number[]): readonly [Window, Window] {
  if (item.length !== 3)
    throw new RangeError(`${describeNode(node)}: expected an input [N,channels,height,width], got [${["N", ...item]}]`);
  const vertical = axisWindow(node, 0, { input: item[1], kernel: kernel[0] });
  const horizontal = axisWindow(node, 1, { input: item[2], kernel: kernel[1] });
  const features = item[0] * paddedLength(vertical) * paddedLength(horizontal);
  if (!(features <= MAX_FEATURES))
    throw new RangeError(`${describeNode(node)}: expected at most ${MAX_FEATURES} padded inputs, got ${features}`);
  return [vertical, horizontal];
}

/** The length of an axis with its padding. */
export function paddedLength(window: Window): number {
  return window.padBegin + window.input + window.padEnd;
}

function axisWindow(node: Node, axis: 0 | 1, size: { input: number; kernel: number }): Window {
  const { input, kernel } = size;
  const stride = listAttribute(node, "strides", 2, 1)[axis];
  const dilation = listAttribute(node, "dilations", 2, 1)[axis];
  const span = (kernel - 1) * dilation + 1;
  const [padBegin, padEnd] = padding(node, axis, { input, span, stride });
  const steps = (input + padBegin + padEnd - span) / stride;
  if (!(steps >= 0) || stride < 1 || dilation < 1 || kernel < 1 || padBegin < 0 || padEnd < 0)
    throw new RangeError(
      `${describeNode(node)}: a window of ${span} with stride ${stride} does not fit ${input} inputs padded by ${padBegin} and ${padEnd}`,
    );
  let output = Math.floor(steps) + 1;
  // ceil_mode adds the window that is cut off by the end, unless it would start in the padding after the input.
  if (intAttribute(node, "ceil_mode", 0) !== 0 && steps % 1 > 0 && output * stride < input + padBegin) output++;
  return { input, output, kernel, stride, dilation, padBegin, padEnd };
}

function padding(node: Node, axis: 0 | 1, window: { input: number; span: number; stride: number }) {
  const mode = stringAttribute(node, "auto_pad", "NOTSET");
  const pads = listAttribute(node, "pads", 4, 0);
  if (mode === "NOTSET") return [pads[axis], pads[axis + 2]] as const;
  if (mode === "VALID") return [0, 0] as const;
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER")
    throw new RangeError(
      `${describeNode(node)}: auto_pad expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, got ${mode}`,
    );
  const { input, span, stride } = window;
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + span - input);
  const less = Math.floor(total / 2);
  return mode === "SAME_UPPER" ? ([less, total - less] as const) : ([total - less, less] as const);
}

/** A list attribute of `length` numbers, all `fallback` where the node has none. @throws RangeError for another length */
export function listAttribute(node: Node, name: string, length: number, fallback: number): readonly number[] {
  const list = intsAttribute(node, name) ?? new Array<number>(length).fill(fallback);
  if (list.length === length) return list;
  throw new RangeError(`${describeNode(node)}: attribute "${name}" expected ${length} numbers (2-D), got [${list}]`);
}
