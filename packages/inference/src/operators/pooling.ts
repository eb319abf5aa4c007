import { type Node, type Window, windowsOf } from "@deep-compression/network";
import { imageShape, inputCells, outputCells, threeWindows } from "../convolution-shape";
import { arrayOf, type NumberArray } from "../element-arrays";
import type { Context } from "../operation";
import type { PoolWindows } from "../pooling-kernels";
import type { Value } from "../value";
import { axisWindows } from "../windows";

/** The windows of a pool over an input, and the shape of its output. */
export interface Pool {
  readonly planes: number;
  readonly cells: number;
  readonly windows: number;
  readonly depth: Window;
  readonly height: Window;
  readonly width: Window;
  readonly output: readonly number[];
}

/** @throws RangeError, TypeError naming the node */
export function poolOf(node: Node, shape: readonly number[]): Pool {
  const { batch, channels, spatial } = imageShape(node, shape);
  const windows = windowsOf(node, spatial);
  const three = threeWindows(node, windows);
  return {
    ...three,
    planes: batch * channels,
    cells: inputCells(three),
    windows: outputCells(three),
    output: [batch, channels, ...windows.map(({ output }) => output)],
  };
}

/** One window over all of each plane. */
export function globalPoolOf(node: Node, shape: readonly number[]): Pool {
  const { batch, channels, spatial } = imageShape(node, shape);
  const cells = spatial.reduce((product, size) => product * size, 1);
  const one = { output: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  const unit = { ...one, input: 1, kernel: 1 };
  return {
    planes: batch * channels,
    cells,
    windows: 1,
    depth: unit,
    height: unit,
    width: { ...one, input: cells, kernel: cells },
    output: [batch, channels, ...spatial.map(() => 1)],
  };
}

/** The cells of a window along each axis. */
export interface Cells {
  /** The first cell in the array, and how many there are along each axis. */
  start: number;
  depth: number;
  height: number;
  width: number;
}

/** From one cell of a window to the next along each axis. */
export interface CellSteps {
  readonly depth: number;
  readonly height: number;
  readonly width: number;
}

/** What a pool makes of the cells of a window, given the window's number in its plane. */
export type Reduce = (cells: Cells, steps: CellSteps, window: number) => number;

/** Sets each output to what `reduce` makes of its window. The object of cells is used again for each. */
export function reduceWindows(pool: Pool, to: NumberArray, reduce: Reduce): void {
  const { planes, cells: size, depth, height, width } = pool;
  const [d, h, w] = [axisWindows(depth), axisWindows(height), axisWindows(width)];
  const [row, plane] = [width.input, width.input * height.input];
  const steps = { depth: d.dilation * plane, height: h.dilation * row, width: w.dilation };
  const cells: Cells = { start: 0, depth: 0, height: 0, width: 0 };
  let at = 0;
  for (let p = 0; p < planes; p++) {
    let window = 0;
    for (let i = 0; i < depth.output; i++) {
      cells.depth = d.count[i]!;
      for (let j = 0; j < height.output; j++) {
        cells.height = h.count[j]!;
        const from = p * size + d.first[i]! * plane + h.first[j]! * row;
        for (let k = 0; k < width.output; k++) {
          cells.start = from + w.first[k]!;
          cells.width = w.count[k]!;
          to[at++] = reduce(cells, steps, window++);
        }
      }
    }
  }
}

/** Whether a pool is one of floats in planes, which the kernels can do. */
export function isPlanar({ depth }: Pool, { type }: Value): boolean {
  return arrayOf(type) === Float32Array && depth.input === 1 && depth.kernel === 1 && depth.output === 1;
}

/** Runs a kernel over all windows of a planar pool. */
export function poolPlanes(
  context: Context,
  run: PoolWindows,
  { planes, height, width }: Pool,
  x: Value,
  y: Value,
): void {
  if (y.size === 0) return;
  const row = context.output("float32", [width.input]);
  run(
    planes,
    height.input,
    width.input,
    height.kernel,
    width.kernel,
    height.stride,
    width.stride,
    height.dilation,
    width.dilation,
    height.padBegin,
    width.padBegin,
    height.output,
    width.output,
    x.address,
    y.address,
    row.address,
  );
}
