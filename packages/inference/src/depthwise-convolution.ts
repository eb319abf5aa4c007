import { type Convolution, inputCells, outputCells, taps } from "./convolution-shape";
import type { ConvolutionOperands } from "./dense-convolution";
import { finishBlock } from "./finish";
import type { Context } from "./operation";

/** Floats of padded planes that are convolved at once. */
const PLANE_FLOATS = 1 << 16;

/** Whether each output reads one channel, in two dimensions at most. */
export function isDepthwise({ groups, channels, depth }: Convolution): boolean {
  return groups > 1 && channels === 1 && depth.input === 1 && depth.kernel === 1 && depth.output === 1;
}

/** A convolution in which each output reads one channel: plane by plane, padded copies of which stay in the cache. */
export function convolveDepthwise(context: Context, shape: Convolution, operands: ConvolutionOperands): void {
  const { batch, groups, outputs, height, width } = shape;
  const { x, w, y, finish } = operands;
  const [inputs, cells] = [inputCells(shape), outputCells(shape)];
  if (batch * cells === 0) return;
  const rows = height.input + height.padBegin + height.padEnd;
  const columns = width.input + width.padBegin + width.padEnd;
  const isPadded = rows !== height.input || columns !== width.input;
  const job = { count: batch * groups, cost: batch * groups * outputs * cells * taps(shape) };
  const threads = context.team.threadsFor(job);
  const most = Math.max(1, Math.min(groups, Math.floor(PLANE_FLOATS / (rows * columns))));
  const padded = isPadded ? context.output("float32", [threads, most, rows, columns]) : undefined;
  padded?.data.fill(0 as never);
  context.team.share(job, (kernels, first, end, thread) => {
    for (let plane = first; plane < end; ) {
      const channel = plane % groups;
      const count = Math.min(most, groups - channel, end - plane);
      let planes = x + 4 * plane * inputs;
      if (padded) {
        const own = padded.address + 4 * thread * most * rows * columns;
        const inner = own + 4 * (height.padBegin * columns + width.padBegin);
        const [across, size] = [width.input, rows * columns];
        kernels.copyPlanes(count, height.input, across, planes, inputs, across, 1, inner, size, columns, 1);
        planes = own;
      }
      const weights = w + 4 * channel * outputs * taps(shape);
      const to = y + 4 * plane * outputs * cells;
      kernels.depthwise(
        count,
        outputs,
        1,
        rows,
        columns,
        height.kernel,
        width.kernel,
        height.stride,
        width.stride,
        height.dilation,
        width.dilation,
        planes,
        weights,
        to,
      );
      finishBlock(kernels, finish, {
        channel: channel * outputs,
        rows: count * outputs,
        columns: cells,
        stride: cells,
        address: to,
      });
      plane += count;
    }
  });
}
