/** Windows of planes and the columns of a matrix: one column a window. All but the addresses are in elements. */
export type WindowColumns = (
  channels: number,
  plane: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  top: number,
  left: number,
  rows: number,
  outWidth: number,
  x: number,
  columns: number,
  channelStep: number,
  tapStep: number,
  windowStep: number,
) => void;

/** The loops of convolutions of float32. */
export interface ConvolutionKernels {
  /** Copies of each plane a grid of cells to another grid; distances between planes, rows and cells in elements. */
  copyPlanes(
    planes: number,
    rows: number,
    columns: number,
    from: number,
    fromPlane: number,
    fromRow: number,
    fromColumn: number,
    to: number,
    toPlane: number,
    toRow: number,
    toColumn: number,
  ): void;
  /** y [channels * multiplier][images][outputs] from x [channels][images][height * width] without padding: a kernel an output. */
  depthwise(
    channels: number,
    multiplier: number,
    images: number,
    height: number,
    width: number,
    kernelHeight: number,
    kernelWidth: number,
    strideY: number,
    strideX: number,
    dilationY: number,
    dilationX: number,
    x: number,
    w: number,
    y: number,
  ): void;
  /**
   * The inputs that each of rows x outWidth windows reads; 0 outside the plane. The window of output (r, q) begins at row
   * r * strideY - top and column q * strideX - left. Steps: from a channel, a tap and a window to the next in the matrix.
   */
  readonly windowColumns: WindowColumns;
  /** Adds each element of the columns to the input that `windowColumns` would have read. */
  readonly addWindowColumns: WindowColumns;
  /**
   * Each row of a matrix times its scale, plus its shift; then what is below 0 times `slope`, and all held between `low` and `high`.
   * Address 0: no scales, no shifts. `stride`: elements between rows, of x and of y, which may be one.
   */
  finishRows(
    rows: number,
    columns: number,
    stride: number,
    x: number,
    y: number,
    scales: number,
    shifts: number,
    slope: number,
    low: number,
    high: number,
  ): void;
  /** Each element of a matrix times alpha * itself + beta, which is held between two bounds. */
  gateRows(
    rows: number,
    columns: number,
    stride: number,
    x: number,
    y: number,
    alpha: number,
    beta: number,
    low: number,
    high: number,
  ): void;
}
