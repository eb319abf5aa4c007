import { type Node, type Window, windowsOf } from "@deep-compression/network";
import { elements, type LayerContext, refuse, type Value } from "./layer";
import { padded } from "./parameters";

/** The windows of a convolution or a pooling over planes. */
export interface Windows {
  readonly vertical: Window;
  readonly horizontal: Window;
}

/** @throws RangeError, TypeError that names the node, if the value has no planes or the window does not fit them. */
export function windowsOver(node: Node, input: Value, kernel?: readonly number[]): Windows {
  if (input.flat) refuse(node, "an input that is not [N, C, H, W]");
  const [vertical, horizontal] = windowsOf(node, [input.height, input.width], kernel);
  return { vertical: vertical!, horizontal: horizontal! };
}

/** Planes that windows slide over without padding: those of a value, or larger ones with zeros around them. */
export interface PaddedPlanes {
  readonly data: number;
  readonly height: number;
  readonly width: number;
  /** Emits the zeroing of their gradient, and gives its address; 0: nobody needs it. */
  readonly clearedGradient: () => number;
  /** Emits what brings the gradient to the value. */
  readonly finishGradient: () => void;
}

/** Emits the padding of a value for windows. The zeros are written once: only the inner cells change from step to step. */
export function padPlanes(context: LayerContext, input: Value, { vertical, horizontal }: Windows): PaddedPlanes {
  const { emit, images, scope, scratch } = context;
  const height = input.height + vertical.padBegin + vertical.padEnd;
  const width = input.width + horizontal.padBegin + horizontal.padEnd;
  const clear = (address: number, bytes: number) => {
    if (address) emit({ op: "clear", address, bytes });
    return address;
  };
  if (height === input.height && width === input.width) {
    const clearedGradient = () => clear(input.gradient, elements(input, images) * 4);
    return { data: input.data, height, width, clearedGradient, finishGradient: () => {} };
  }
  const planes = input.channels * images;
  const bytes = padded(planes * height * width) * 4;
  const data = scope.allocate(bytes);
  const gradient = input.gradient && scratch("padding", bytes);
  const inner = (vertical.padBegin * width + horizontal.padBegin) * 4;
  const grid = { planes, rows: input.height, columns: input.width };
  const within = (address: number) => ({ address: address + inner, plane: height * width, row: width });
  const whole = (address: number) => ({ address, plane: input.height * input.width, row: input.width });
  const copy = (from: ReturnType<typeof within>, to: ReturnType<typeof within>) =>
    emit({
      op: "copyPlanes",
      ...grid,
      from: from.address,
      fromPlane: from.plane,
      fromRow: from.row,
      fromColumn: 1,
      to: to.address,
      toPlane: to.plane,
      toRow: to.row,
      toColumn: 1,
    });
  copy(whole(input.data), within(data));
  return {
    data,
    height,
    width,
    clearedGradient: () => clear(gradient, bytes),
    finishGradient: () => {
      if (gradient) copy(within(gradient), whole(input.gradient));
    },
  };
}

/** The operands of kernels that slide over these planes. */
export function slidingOver({ height, width }: PaddedPlanes, { vertical, horizontal }: Windows) {
  return {
    height,
    width,
    kernelHeight: vertical.kernel,
    kernelWidth: horizontal.kernel,
    strideY: vertical.stride,
    strideX: horizontal.stride,
    dilationY: vertical.dilation,
    dilationX: horizontal.dilation,
  };
}
