import { describeValue, quoted, shapeText } from "@deep-compression/runtime";
import { intAttribute, intsAttribute, misfit, type Node, stringAttribute } from "./graph";
import { assertSame, type Shape } from "./shapes";

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
 * The windows of a Conv (`kernel` from its weight) or of a pool (from its attribute), one for each spatial dimension:
 * ONNX's kernel_shape, strides, dilations, pads, auto_pad and ceil_mode.
 *
 * @throws RangeError, TypeError naming the node, for one that does not fit too
 */
export function windowsOf(node: Node, spatial: Shape, kernel?: readonly number[]): readonly Window[] {
  const named = intsAttribute(node, "kernel_shape");
  if (kernel && named && kernel.join() !== named.join()) {
    const [, weight] = node.inputs;
    throw misfit(
      node,
      `kernel_shape expected ${shapeText(kernel)} as weight ${describeValue(weight)}, got ${shapeText(named)}`,
    );
  }
  const sizes = kernel ?? named;
  if (!sizes) throw misfit(node, `kernel_shape is missing, for a window of ${spatial.length} dimensions`);
  assertSame(node, "spatial dimensions", { expected: sizes.length, got: spatial.length });
  const perAxis = (name: string, fallback: number, count = sizes.length) => {
    const values = intsAttribute(node, name) ?? new Array<number>(count).fill(fallback);
    if (values.length === count) return values;
    throw misfit(node, `attribute ${quoted(name)} expected ${count} numbers, got ${shapeText(values)}`);
  };
  const [strides, dilations, pads] = [
    perAxis("strides", 1),
    perAxis("dilations", 1),
    perAxis("pads", 0, 2 * sizes.length),
  ];
  return spatial.map((input, axis) => {
    if (typeof input === "string") throw misfit(node, `the size of ${shapeText(spatial)} is not known`);
    const cells = { input, kernel: sizes[axis]!, stride: strides[axis]!, dilation: dilations[axis]! };
    return windowAlong(node, cells, { begin: pads[axis]!, end: pads[axis + sizes.length]! });
  });
}

type Cells = Pick<Window, "input" | "kernel" | "stride" | "dilation">;
interface Padding {
  readonly begin: number;
  readonly end: number;
}

function windowAlong(node: Node, cells: Cells, pads: Padding): Window {
  const { input, kernel, stride, dilation } = cells;
  if (!(kernel >= 1 && stride >= 1 && dilation >= 1)) {
    throw misfit(node, `kernel, stride and dilation must be at least 1, got ${kernel}, ${stride}, ${dilation}`);
  }
  const span = (kernel - 1) * dilation + 1;
  const { begin: padBegin, end: padEnd } = paddingOf(node, { input, span, stride }, pads);
  const steps = (padBegin + input + padEnd - span) / stride;
  if (!(steps >= 0 && padBegin >= 0 && padEnd >= 0)) {
    const padded = `${input} inputs padded by ${padBegin} and ${padEnd}`;
    throw misfit(node, `a window of ${span} with stride ${stride} does not fit ${padded}`);
  }
  const roundsUp = intAttribute(node, "ceil_mode", 0) !== 0;
  const last = roundsUp ? Math.ceil(steps) : Math.floor(steps);
  // A window that would start in the padding behind the input is left out, as in onnxruntime.
  const output = roundsUp && last * stride >= input + padBegin ? last : last + 1;
  return { ...cells, output, padBegin, padEnd };
}

function paddingOf(node: Node, along: { input: number; span: number; stride: number }, pads: Padding): Padding {
  const mode = stringAttribute(node, "auto_pad", "NOTSET");
  if (mode === "NOTSET" || mode === "") return pads;
  if (mode === "VALID") return { begin: 0, end: 0 };
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") {
    throw misfit(node, `auto_pad expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, got ${quoted(mode)}`);
  }
  const { input, span, stride } = along;
  const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + span - input);
  const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return mode === "SAME_UPPER" ? { begin: less, end: more } : { begin: more, end: less };
}
