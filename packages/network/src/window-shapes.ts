import { intAttribute, intsAttribute, type Node, stringAttribute } from "./graph";
import { assertSame, type Dimension, misfit, type Shape, shapeText } from "./shapes";

/** A window that slides over the spatial dimensions, one number each; pads are all beginnings, then all ends. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly autoPad: string;
  readonly rounding: "floor" | "ceil";
}

/** The window of a Conv (`kernel` from its weight) or of a pool (`kernel` undefined: from its attribute). @throws RangeError, TypeError naming the node */
export function windowOf(node: Node, kernel: readonly number[] | undefined): Window {
  const named = intsAttribute(node, "kernel_shape");
  if (kernel && named && kernel.join() !== named.join()) {
    throw misfit(node, `kernel_shape ${shapeText(named)} is not the weight's ${shapeText(kernel)}`);
  }
  const size = kernel ?? named;
  if (!size) throw misfit(node, "kernel_shape is missing");
  const perAxis = (name: string, fallback: number, count = size.length) => {
    const values = intsAttribute(node, name) ?? new Array<number>(count).fill(fallback);
    assertSame(node, `length of ${name}`, { expected: count, got: values.length });
    return values;
  };
  return {
    kernel: size,
    strides: perAxis("strides", 1),
    dilations: perAxis("dilations", 1),
    pads: perAxis("pads", 0, 2 * size.length),
    autoPad: stringAttribute(node, "auto_pad", "NOTSET"),
    rounding: intAttribute(node, "ceil_mode", 0) === 0 ? "floor" : "ceil",
  };
}

/** The positions of a window along each spatial dimension (ONNX's Conv and MaxPool). @throws RangeError if it does not fit */
export function windowOutput(node: Node, spatial: Shape, window: Window): readonly Dimension[] {
  assertSame(node, "spatial dimensions", { expected: window.kernel.length, got: spatial.length });
  return spatial.map((size, axis) => {
    if (typeof size === "string") throw misfit(node, `the size of ${shapeText(spatial)} is not known`);
    const [kernel, stride, dilation] = [window.kernel[axis], window.strides[axis], window.dilations[axis]];
    if (!(kernel >= 1 && stride >= 1 && dilation >= 1)) {
      throw misfit(node, `kernel, stride and dilation must be at least 1, got ${kernel}, ${stride}, ${dilation}`);
    }
    const extent = (kernel - 1) * dilation + 1;
    const positions = positionsAlong({
      size,
      extent,
      stride,
      ...padding(node, window, axis),
      rounding: window.rounding,
    });
    if (positions === undefined) throw misfit(node, `a window of ${extent} does not fit in ${shapeText(spatial)}`);
    return positions;
  });
}

type Padding = { readonly before: number; readonly after: number } | "same";

function padding(node: Node, window: Window, axis: number): { readonly padding: Padding } {
  const { autoPad, pads, kernel } = window;
  if (autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") return { padding: "same" };
  if (autoPad === "VALID") return { padding: { before: 0, after: 0 } };
  if (autoPad !== "NOTSET" && autoPad !== "") throw misfit(node, `unknown auto_pad "${autoPad}"`);
  return { padding: { before: pads[axis], after: pads[axis + kernel.length] } };
}

function positionsAlong(along: {
  readonly size: number;
  readonly extent: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly rounding: "floor" | "ceil";
}): number | undefined {
  const { size, extent, stride, padding, rounding } = along;
  if (padding === "same") return Math.ceil(size / stride);
  const room = size + padding.before + padding.after - extent;
  if (room < 0) return undefined;
  if (rounding === "floor") return Math.floor(room / stride) + 1;
  const positions = Math.ceil(room / stride) + 1;
  // A window that would start in the padding behind the input is left out, as in onnxruntime.
  return (positions - 1) * stride >= size + padding.before ? positions - 1 : positions;
}
