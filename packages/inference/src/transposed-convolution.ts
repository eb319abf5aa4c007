import { type Convolution, inputCells, outputCells, taps } from "./convolution-shape";
import type { ConvolutionOperands } from "./dense-convolution";
import { finishBlock } from "./finish";
import { gemmScratch } from "./heap-kernels";
import type { Context } from "./operation";

/** Most floats of the products that are added to the outputs at once, and most windows of them. */
const COLUMN_FLOATS = 1 << 18;
const MAX_COLUMNS = 1024;

/**
 * The adjoint of the convolution `shape`: each of its windows adds its products to the cells that it would read. What it would read
 * is y, zeros before; what it would give is x; the weights are [groups * outputs][channels][taps].
 */
export function convolveTransposed(context: Context, shape: Convolution, operands: ConvolutionOperands): void {
  const { kernels } = context;
  const { batch, groups, channels, outputs, depth, height, width } = shape;
  const { x, w, y, finish } = operands;
  const [cells, windows, length] = [inputCells(shape), outputCells(shape), channels * taps(shape)];
  if (batch * windows === 0) return;
  const plane = height.output * width.output;
  const most = Math.max(1, Math.min(plane, MAX_COLUMNS, Math.floor(COLUMN_FLOATS / length)));
  const rows = Math.max(1, Math.floor(most / width.output));
  const across = Math.min(most, width.output);
  const products = context.output("float32", [length * rows * across]).address;
  const scratch = context.output("uint8", [gemmScratch(length, rows * across, context.team.threads)]).address;
  for (let image = 0; image < batch * groups; image++) {
    const weights = w + 4 * (image % groups) * outputs * length;
    const to = y + 4 * image * channels * cells;
    for (let d = 0; d < depth.output; d++)
      for (let row = 0; row < height.output; row += rows)
        for (let column = 0; column < width.output; column += across) {
          const [high, wide] = [Math.min(rows, height.output - row), Math.min(across, width.output - column)];
          const first = (d * height.output + row) * width.output + column;
          const from = x + 4 * (image * outputs * windows + first);
          kernels.gemm(
            length,
            high * wide,
            outputs,
            weights,
            length,
            1,
            from,
            windows,
            0,
            products,
            high * wide,
            0,
            scratch,
          );
          addProducts(context, shape, { products, to }, { d, row, column, high, wide });
        }
    const block = { channel: (image % groups) * channels, rows: channels, columns: cells, stride: cells, address: to };
    finishBlock(kernels, finish, block);
  }
}

/** Adds the products of a band of windows to the cells of an image. */
function addProducts(
  { kernels }: Context,
  shape: Convolution,
  { products, to }: { readonly products: number; readonly to: number },
  band: Readonly<Record<"d" | "row" | "column" | "high" | "wide", number>>,
): void {
  const { channels, depth, height, width } = shape;
  const count = band.high * band.wide;
  const plane = height.input * width.input;
  for (let k = 0; k < depth.kernel; k++) {
    const slice = band.d * depth.stride - depth.padBegin + k * depth.dilation;
    if (slice < 0 || slice >= depth.input) continue;
    kernels.addWindowColumns(
      channels,
      plane * depth.input,
      height.input,
      width.input,
      height.kernel,
      width.kernel,
      height.stride,
      width.stride,
      height.dilation,
      width.dilation,
      height.padBegin - band.row * height.stride,
      width.padBegin - band.column * width.stride,
      band.high,
      band.wide,
      to + 4 * slice * plane,
      products + 4 * k * height.kernel * width.kernel * count,
      taps(shape) * count,
      count,
      1,
    );
  }
}
