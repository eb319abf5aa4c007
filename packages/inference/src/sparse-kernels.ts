/** The loops of products and convolutions with sparse, shared weights. Addresses are bytes in the heap. */
export interface SparseKernels {
  /** y [outputs] += a tile of `GroupedRows` times x [inputs]. */
  groupedProduct(...args: [...GroupedArguments, x: number, inputs: number, y: number]): void;
  /** y [outputs][4] += a tile of `GroupedRows` times x [inputs][4]; `groupedProduct8`: of 8. */
  groupedProduct4(...args: [...GroupedArguments, x: number, y: number]): void;
  groupedProduct8(...args: [...GroupedArguments, x: number, y: number]): void;
  /** y [outputs] += `CodedColumns` of entries of 16 bits times x [inputs]; `columnsProduct32`: of 32 bits. */
  columnsProduct16(...args: [...ColumnsArguments, x: number, y: number]): void;
  columnsProduct32(...args: [...ColumnsArguments, x: number, y: number]): void;
  /** y [outputs][8] += `CodedColumns` times x [inputs][8]; `wide` 1: entries of 32 bits. */
  columnsProduct8(...args: [...ColumnsArguments, wide: number, x: number, y: number]): void;
  /**
   * `used` vectors x, `step` elements apart, whose elements are `stride` apart, to [inputs][lanes], zeros in the other lanes. scales: 0, or the
   * address of one an input, which it is multiplied by. Gives how many elements of the first are not zero.
   */
  packLanes(
    x: number,
    step: number,
    stride: number,
    used: number,
    lanes: number,
    inputs: number,
    scales: number,
    target: number,
  ): number;
  /**
   * Its mirror: sums [..][lanes], with a row of no output after each `between` outputs, each times `scale` and, unless `scales` is 0, that
   * of its output.
   */
  unpackLanes(
    sums: number,
    lanes: number,
    used: number,
    outputs: number,
    between: number,
    scale: number,
    scales: number,
    y: number,
    step: number,
    stride: number,
  ): void;
  /**
   * Entries of a `SparseFilter` as pairs of where their cells begin (u32) and a weight (float32). taps: such a pair of each place, with a
   * scale that the weight is multiplied by.
   */
  expandEntries(entries: number, count: number, taps: number, codebook: number, target: number): void;
  /**
   * Adds to the outputs of a block of channels of a `SparseFilter`, y [..][stride bytes], 48 cells each from `y` on;
   * `convolve16`: 16.
   * weights: what `expandEntries` made, cells in bytes from x.
   */
  convolve48(...args: ConvolveArguments): void;
  convolve16(...args: ConvolveArguments): void;
}

/** Where the parts of a tile lie. */
type GroupedArguments = [runs: number, runCount: number, offsets: number, groups: number, codebook: number];
/** Where the parts of a matrix lie; the codebook is readable for whole pairs of vectors of four. */
type ColumnsArguments = [starts: number, inputs: number, entries: number, codebook: number, filler: number];
type ConvolveArguments = [lines: number, count: number, weights: number, x: number, y: number, stride: number];
