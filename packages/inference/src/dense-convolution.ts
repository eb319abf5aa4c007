import { type Convolution, inputCells, isCellwise, outputCells, taps } from "./convolution-shape";
import { type Finish, finishBlock } from "./finish";
import { gemmScratch } from "./heap-kernels";
import type { Context } from "./operation";
import type { SharedKernels } from "./team";
import type { Value } from "./value";

/** Where the operands of a convolution lie. */
export interface ConvolutionOperands {
  readonly x: number;
  readonly w: number;
  readonly y: number;
  readonly finish: Finish;
}

/** Most floats of a matrix of columns, and most columns of a product: both stay in the second-level cache. */
const COLUMN_FLOATS = 1 << 18;
const MAX_COLUMNS = 1024;
/** With fewer columns than this the product goes by dot products, which pack nothing, or over several images at once. */
const FEW_COLUMNS = 8;
const MANY_COLUMNS = 32;

/** A part of the outputs: windows in one plane of one image. */
interface Band {
  readonly image: number;
  readonly depth: number;
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** A convolution as products of the weights with matrices of columns, a band of the outputs at a time. */
export function convolveDense(context: Context, shape: Convolution, operands: ConvolutionOperands): void {
  const { batch, depth, height, width } = shape;
  const cells = outputCells(shape);
  if (batch * cells === 0) return;
  const length = shape.channels * taps(shape);
  const most = Math.max(1, Math.min(MAX_COLUMNS, Math.floor(COLUMN_FLOATS / length)));
  if (batch > 1 && cells < MANY_COLUMNS && 2 * cells <= most) {
    const atOnce = Math.min(batch, Math.floor(most / cells));
    const work = {
      ...workOf(context, shape, { columns: atOnce * cells, direct: false }),
      product: context.output("float32", [shape.outputs * atOnce * cells]),
    };
    for (let image = 0; image < batch; image += atOnce)
      convolveImages(context, shape, operands, work, { image, images: Math.min(atOnce, batch - image) });
    for (const value of Object.values(work)) context.release(value);
    return;
  }
  const rows = Math.max(1, Math.min(height.output, Math.floor(most / width.output)));
  const columns = Math.min(most, width.output);
  const bands: Band[] = [];
  for (let image = 0; image < batch; image++)
    for (let plane = 0; plane < depth.output; plane++)
      for (let row = 0; row < height.output; row += rows)
        for (let column = 0; column < width.output; column += columns) {
          const [high, wide] = [Math.min(rows, height.output - row), Math.min(columns, width.output - column)];
          bands.push({ image, depth: plane, row, rows: high, column, columns: wide });
        }
  const { kernels, team } = context;
  const size = { columns: rows * columns, direct: isDirect(shape, rows * columns) };
  const job = { count: bands.length, cost: batch * shape.groups * shape.outputs * length * cells };
  if (bands.length < team.threads) {
    // Threads share the products instead.
    const work = workOf(context, shape, size);
    for (const band of bands) convolveBand(kernels, shape, operands, work, band);
    for (const value of Object.values(work)) context.release(value);
    return;
  }
  const works = Array.from({ length: team.threadsFor(job) }, () => workOf(context, shape, size));
  team.share(job, (shared, first, end, thread) => {
    for (const band of bands.slice(first, end)) convolveBand(shared, shape, operands, works[thread]!, band);
  });
  for (const value of works.flatMap((work) => Object.values(work) as Value[])) context.release(value);
}

/** Room that a convolution works in. */
interface Work {
  readonly columns: Value;
  readonly scratch: Value;
}

function workOf(
  { output, team }: Context,
  shape: Convolution,
  { columns, direct }: { readonly columns: number; readonly direct: boolean },
): Work {
  const { channels, outputs } = shape;
  return {
    columns: output("float32", [direct ? 0 : channels * taps(shape) * columns]),
    scratch: output("uint8", [gemmScratch(outputs, columns, team.threads)]),
  };
}

/** Whether the input itself is the matrix of columns. */
function isDirect(shape: Convolution, columns: number): boolean {
  const { depth, height, width } = shape;
  return [depth, height, width].every(isCellwise) && (columns >= FEW_COLUMNS || outputCells(shape) === 1);
}

function convolveBand(
  kernels: SharedKernels,
  shape: Convolution,
  { x, w, y, finish }: ConvolutionOperands,
  work: Work,
  band: Band,
): void {
  const { groups, channels, outputs, height, width } = shape;
  const [inputs, cells, length] = [inputCells(shape), outputCells(shape), channels * taps(shape)];
  const count = band.rows * band.columns;
  const first = (band.depth * height.output + band.row) * width.output + band.column;
  const direct = isDirect(shape, count);
  const byDots = count < FEW_COLUMNS;
  for (let group = 0; group < groups; group++) {
    const from = x + 4 * (band.image * groups + group) * channels * inputs;
    const weights = w + 4 * group * outputs * length;
    const to = y + 4 * ((band.image * groups + group) * outputs * cells + first);
    if (!direct) {
      const steps = byDots ? { tap: 1, window: length } : { tap: count, window: 1 };
      layColumns(kernels, shape, { from, to: work.columns.address, steps }, band);
    }
    const columns = direct ? from + 4 * first : work.columns.address;
    if (byDots)
      kernels.gemm(outputs, count, length, weights, length, 0, columns, length, 1, to, cells, 0, work.scratch.address);
    else {
      const stride = direct ? inputs : count;
      kernels.gemm(outputs, count, length, weights, length, 0, columns, stride, 0, to, cells, 0, work.scratch.address);
    }
    finishBlock(kernels, finish, {
      channel: group * outputs,
      rows: outputs,
      columns: count,
      stride: cells,
      address: to,
    });
  }
}

/** Several small images in one product, whose rows then go to where they belong. */
function convolveImages(
  { kernels }: Context,
  shape: Convolution,
  { x, w, y, finish }: ConvolutionOperands,
  work: Work & { readonly product: Value },
  { image, images }: { readonly image: number; readonly images: number },
): void {
  const { groups, channels, outputs, depth, height, width } = shape;
  const [inputs, cells, length] = [inputCells(shape), outputCells(shape), channels * taps(shape)];
  const [columns, product, scratch] = [work.columns.address, work.product.address, work.scratch.address];
  const count = images * cells;
  const plane = height.output * width.output;
  for (let group = 0; group < groups; group++) {
    for (let i = 0; i < images; i++)
      for (let d = 0; d < depth.output; d++)
        layColumns(
          kernels,
          shape,
          {
            from: x + 4 * ((image + i) * groups + group) * channels * inputs,
            to: columns + 4 * (i * cells + d * plane),
            steps: { tap: count, window: 1 },
          },
          { depth: d, row: 0, rows: height.output, column: 0, columns: width.output },
        );
    const weights = w + 4 * group * outputs * length;
    kernels.gemm(outputs, count, length, weights, length, 0, columns, count, 0, product, count, 0, scratch);
    const to = y + 4 * (image * groups + group) * outputs * cells;
    kernels.copyPlanes(images, outputs, cells, product, cells, count, 1, to, groups * outputs * cells, cells, 1);
    const block = { channel: group * outputs, rows: outputs, columns: cells, stride: cells };
    for (let i = 0; i < images; i++)
      finishBlock(kernels, finish, { ...block, address: to + 4 * i * groups * outputs * cells });
  }
}

interface Columns {
  readonly from: number;
  readonly to: number;
  /** Elements between taps and between windows. */
  readonly steps: { readonly tap: number; readonly window: number };
}

type ColumnBand = Pick<Band, "depth" | "row" | "rows" | "column" | "columns">;

/** The columns of a band of windows of one image and group. */
function layColumns(kernels: SharedKernels, shape: Convolution, { from, to, steps }: Columns, band: ColumnBand): void {
  const { channels, depth, height, width } = shape;
  const plane = height.input * width.input;
  for (let k = 0; k < depth.kernel; k++) {
    const slice = band.depth * depth.stride - depth.padBegin + k * depth.dilation;
    const isInside = slice >= 0 && slice < depth.input;
    kernels.windowColumns(
      channels,
      plane * depth.input,
      isInside ? height.input : 0,
      width.input,
      height.kernel,
      width.kernel,
      height.stride,
      width.stride,
      height.dilation,
      width.dilation,
      height.padBegin - band.row * height.stride,
      width.padBegin - band.column * width.stride,
      band.rows,
      band.columns,
      isInside ? from + 4 * slice * plane : from,
      to + 4 * k * height.kernel * width.kernel * steps.tap,
      taps(shape) * steps.tap,
      steps.tap,
      steps.window,
    );
  }
}
