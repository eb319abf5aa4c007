import { type Convolution, inputCells, outputCells, taps } from "./convolution-shape";
import type { ConvolutionOperands } from "./dense-convolution";
import { finishBlock, rowsStep, UNCHANGED } from "./finish";
import type { Context } from "./operation";
import { type PhasePlanes, phasePlanes } from "./phases";
import type { FilterBlock, SparseFilter } from "./sparse-filter";
import type { SharedKernels } from "./team";

/** Cells that are computed at once, and where there are not so many. */
const TILE = 48;
const SMALL_TILE = 16;

/** How a sparse filter meets the images of one shape. */
export interface SparsePlan {
  readonly shape: Convolution;
  readonly planes: PhasePlanes;
  /** Cells of an output, up to those that are computed at once. */
  readonly stride: number;
  readonly tiles: readonly CellTile[];
  /** Of each place of the input, channel and tap, where its cells begin in its block of channels (u32), and its scale. */
  readonly table: Float32Array;
  /** Most entries of a block. */
  readonly mostEntries: number;
}

export function sparsePlan(shape: Convolution, filter: SparseFilter): SparsePlan {
  const planes = phasePlanes(shape);
  const stride = Math.ceil(planes.cells / SMALL_TILE) * SMALL_TILE;
  const table = tableOf(shape, { planes, filter });
  const mostEntries = Math.max(0, ...filter.blocks.map((block) => block.entries));
  return { shape, planes, stride, tiles: tilesOf(stride), table, mostEntries };
}

/** A convolution with a sparse filter: each weight times a run of the padded input is added to a run of its output. */
export function convolveSparse(
  context: Context,
  { shape, planes, stride, tiles, table: kept, mostEntries }: SparsePlan,
  filter: SparseFilter,
  { x, y, finish }: Omit<ConvolutionOperands, "w">,
): void {
  const { kernels, team } = context;
  const { batch, groups, channels, outputs, depth, height, width } = shape;
  const cells = outputCells(shape);
  if (batch * cells === 0) return;
  const count = groups * channels;
  const padded = context.output("float32", [count * planes.phases.length * planes.plane + TILE]);
  const sums = context.output("float32", [groups * outputs * stride]);
  const table = context.output("float32", [kept.length]);
  const job = { count: tiles.length, cost: filter.layout.nonZeros * planes.cells };
  const weights = context.output("float32", [team.threadsFor(job), 2 * mostEntries]);
  (table.data as Float32Array).set(kept);
  padded.data.fill(0 as never);
  for (let image = 0; image < batch; image++) {
    layPlanes(kernels, shape, { planes, from: x + 4 * image * count * inputCells(shape), to: padded.address });
    sums.data.fill(0 as never);
    team.share(job, (shared, first, end, thread) => {
      for (const block of filter.blocks)
        addBlock(shared, filter, block, tiles.slice(first, end), {
          table: table.address + 8 * block.firstChannel * taps(shape),
          weights: weights.address + 8 * thread * mostEntries,
          x: padded.address + 4 * block.firstChannel * planes.phases.length * planes.plane,
          y: sums.address,
          stride,
        });
    });
    const rows = groups * outputs;
    const own = { channel: 0, rows, columns: stride, stride, address: sums.address };
    if (filter.outputScales) finishBlock(kernels, [rowsStep({ ...UNCHANGED, scales: filter.outputScales })], own);
    const to = y + 4 * image * rows * cells;
    const plane = height.output * width.output;
    for (let slice = 0; slice < depth.output; slice++) {
      const [from, across] = [sums.address + 4 * slice * planes.slice, width.output];
      kernels.copyPlanes(
        rows,
        height.output,
        across,
        from,
        stride,
        planes.row,
        1,
        to + 4 * slice * plane,
        cells,
        across,
        1,
      );
    }
    finishBlock(kernels, finish, { channel: 0, rows, columns: cells, stride: cells, address: to });
  }
  for (const value of [padded, sums, table, weights]) context.release(value);
}

function tableOf(
  { groups, channels }: Convolution,
  { planes, filter }: { readonly planes: PhasePlanes; readonly filter: SparseFilter },
): Float32Array {
  const { taps: starts, phases, plane } = planes;
  const { inputScales, channelsPerBlock } = filter;
  const scales = new Float32Array(2 * groups * channels * starts.length);
  const bytes = new Uint32Array(scales.buffer);
  for (let channel = 0, at = 0; channel < groups * channels; channel++) {
    const before = (channel % channelsPerBlock) * phases.length * plane;
    for (const [tap, start] of starts.entries()) {
      bytes[at++] = 4 * (before + start);
      scales[at++] = inputScales === undefined ? 1 : inputScales[(channel % channels) * starts.length + tap]!;
    }
  }
  return scales;
}

/** Copies the input's cells into the planes of each phase. What lies beside them is left as it is. */
function layPlanes(
  kernels: Context["kernels"],
  { groups, channels, depth, height, width }: Convolution,
  { planes, from, to }: { readonly planes: PhasePlanes; readonly from: number; readonly to: number },
): void {
  const { phases, row, slice, plane } = planes;
  const inputs = depth.input * height.input * width.input;
  for (const [index, { depth: z, height: y, width: x }] of phases.entries()) {
    for (let k = 0; k < z.count; k++) {
      const cell = ((z.cell + k * depth.stride) * height.input + y.cell) * width.input + x.cell;
      const place = index * plane + (z.first + k) * slice + y.first * row + x.first;
      kernels.copyPlanes(
        groups * channels,
        y.count,
        x.count,
        from + 4 * cell,
        inputs,
        height.stride * width.input,
        width.stride,
        to + 4 * place,
        phases.length * plane,
        row,
        1,
      );
    }
  }
}

/** Some cells of the sums, from `cell` on. */
interface CellTile {
  readonly cell: number;
  readonly size: typeof TILE | typeof SMALL_TILE;
}

function tilesOf(cells: number): readonly CellTile[] {
  const tiles: CellTile[] = [];
  for (let cell = 0; cell < cells; ) {
    const size = cells - cell >= TILE ? TILE : SMALL_TILE;
    tiles.push({ cell, size });
    cell += size;
  }
  return tiles;
}

/** Adds what a block of channels makes of tiles. */
function addBlock(
  kernels: SharedKernels,
  { lines, entries, centroids }: SparseFilter,
  block: FilterBlock,
  tiles: readonly CellTile[],
  {
    table,
    weights,
    x,
    y,
    stride,
  }: {
    readonly table: number;
    readonly weights: number;
    readonly x: number;
    readonly y: number;
    /** Cells of an output. */
    readonly stride: number;
  },
): void {
  const { firstLine, lines: count, firstEntry } = block;
  const from = lines.address + 8 * firstLine;
  kernels.expandEntries(entries.address + 4 * firstEntry, block.entries, table, centroids.address, weights);
  for (const { cell, size } of tiles)
    kernels[`convolve${size}`](from, count, weights, x + 4 * cell, y + 4 * cell, 4 * stride);
}
