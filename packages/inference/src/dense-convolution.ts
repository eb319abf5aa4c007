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

/** A part of the outputs: windows in one plane of one image, or all windows of several images. */
interface Band {
  readonly image: number;
  readonly images: number;
  readonly depth: number;
  readonly planes: number;
  readonly row: number;
  readonly rows: number;
  readonly column: number;
  readonly columns: number;
}

/** A convolution as products of the weights with matrices of columns, a band of the outputs at a time. */
export function convolveDense(context: Context, shape: Convolution, operands: ConvolutionOperands): void {
  const { batch, groups, outputs, depth, height, width } = shape;
  const cells = outputCells(shape);
  if (batch * cells === 0) return;
  const length = shape.channels * taps(shape);
  const most = Math.max(1, Math.min(MAX_COLUMNS, Math.floor(COLUMN_FLOATS / length)));
  // Small images go into one product together, whose rows then go to where they belong.
  const isJoined = batch > 1 && cells < MANY_COLUMNS && 2 * cells <= most;
  const images = isJoined ? Math.min(batch, Math.floor(most / cells)) : 1;
  const planes = isJoined ? depth.output : 1;
  const rows = Math.max(1, Math.min(height.output, Math.floor(most / width.output)));
  const columns = Math.min(most, width.output);
  const bands: Band[] = [];
  for (let image = 0; image < batch; image += images)
    for (let plane = 0; plane < depth.output; plane += planes)
      for (let row = 0; row < height.output; row += rows)
        for (let column = 0; column < width.output; column += columns)
          bands.push({
            image,
            images: Math.min(images, batch - image),
            depth: plane,
            planes,
            row,
            rows: Math.min(rows, height.output - row),
            column,
            columns: Math.min(columns, width.output - column),
          });
  const { kernels, team } = context;
  const job = { count: bands.length, cost: batch * groups * outputs * length * cells };
  // Threads share the products instead of few bands.
  const isShared = bands.length >= team.threads;
  const count = images * planes * rows * columns;
  const works = Array.from({ length: isShared ? team.threadsFor(job) : 1 }, () =>
    workOf(context, shape, { columns: count, isJoined }),
  );
  if (isShared)
    team.share(job, (shared, first, end, thread) => {
      for (const band of bands.slice(first, end)) convolveBand(shared, shape, operands, works[thread]!, band);
    });
  else for (const band of bands) convolveBand(kernels, shape, operands, works[0]!, band);
  for (const value of works.flatMap((work) => Object.values(work) as Value[])) context.release(value);
}

/** Room that a convolution works in. */
interface Work {
  readonly columns: Value;
  readonly scratch: Value;
  /** Where several images are joined: their product. */
  readonly product?: Value;
}

function workOf(
  { output, team }: Context,
  shape: Convolution,
  { columns, isJoined }: { readonly columns: number; readonly isJoined: boolean },
): Work {
  const { channels, outputs } = shape;
  const isDirect = !isJoined && readsDirectly(shape, columns);
  return {
    columns: output("float32", [isDirect ? 0 : channels * taps(shape) * columns]),
    scratch: output("uint8", [gemmScratch(outputs, columns, team.threads)]),
    ...(isJoined && { product: output("float32", [outputs * columns]) }),
  };
}

/** Whether the input itself is the matrix of columns. */
function readsDirectly(shape: Convolution, columns: number): boolean {
  const { depth, height, width } = shape;
  return [depth, height, width].every(isCellwise) && (columns >= FEW_COLUMNS || outputCells(shape) === 1);
}

function convolveBand(
  kernels: SharedKernels,
  shape: Convolution,
  { x, w, y, finish }: ConvolutionOperands,
  { columns, scratch, product }: Work,
  band: Band,
): void {
  const { groups, channels, outputs, height, width } = shape;
  const [inputs, cells, length] = [inputCells(shape), outputCells(shape), channels * taps(shape)];
  const plane = band.rows * band.columns;
  const count = band.images * band.planes * plane;
  const isDirect = product === undefined && readsDirectly(shape, count);
  const byDots = product === undefined && count < FEW_COLUMNS;
  const steps = byDots ? { tap: 1, window: length } : { tap: count, window: 1 };
  const first = (band.depth * height.output + band.row) * width.output + band.column;
  for (let group = 0; group < groups; group++) {
    const place = band.image * groups + group;
    const from = x + 4 * place * channels * inputs;
    const to = y + 4 * (place * outputs * cells + first);
    for (let image = 0; !isDirect && image < band.images; image++)
      for (let k = 0; k < band.planes; k++) {
        const start = columns.address + 4 * (image * cells + k * plane) * steps.window;
        const own = from + 4 * image * groups * channels * inputs;
        layColumns(kernels, shape, { from: own, to: start, steps, depth: band.depth + k }, band);
      }
    const weights = w + 4 * group * outputs * length;
    const [matrix, stride] = isDirect ? [from + 4 * first, inputs] : [columns.address, count];
    const [result, across] = product === undefined ? [to, cells] : [product.address, count];
    kernels.gemm(
      outputs,
      count,
      length,
      weights,
      length,
      0,
      matrix,
      byDots ? length : stride,
      Number(byDots),
      result,
      across,
      0,
      scratch.address,
    );
    if (product !== undefined) {
      const next = groups * outputs * cells;
      kernels.copyPlanes(band.images, outputs, cells, result, cells, count, 1, to, next, cells, 1);
    }
    for (let image = 0; image < band.images; image++)
      finishBlock(kernels, finish, {
        channel: group * outputs,
        rows: outputs,
        columns: product ? cells : count,
        stride: cells,
        address: to + 4 * image * groups * outputs * cells,
      });
  }
}

interface Columns {
  readonly from: number;
  readonly to: number;
  /** Elements between taps and between windows. */
  readonly steps: { readonly tap: number; readonly window: number };
  /** The plane of the output whose windows they are. */
  readonly depth: number;
}

type ColumnBand = Pick<Band, "row" | "rows" | "column" | "columns">;

/** The columns of a band of windows of one image and group. */
function layColumns(
  kernels: SharedKernels,
  shape: Convolution,
  { from, to, steps, depth: outputPlane }: Columns,
  band: ColumnBand,
): void {
  const { channels, depth, height, width } = shape;
  const plane = height.input * width.input;
  for (let k = 0; k < depth.kernel; k++) {
    const slice = outputPlane * depth.stride - depth.padBegin + k * depth.dilation;
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
