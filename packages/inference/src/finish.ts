import type { HeapKernels } from "./heap-kernels";
import type { Value } from "./value";

/** What is done to the outputs of a layer before they are left: see `HeapKernels.finishRows`. */
export interface Finish {
  /** One a channel; none: all 1. */
  readonly scales?: Value | undefined;
  /** One a channel; none: all 0. */
  readonly shifts?: Value | undefined;
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

export const PLAIN_FINISH: Finish = {
  slope: 1,
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
};

/** A block of outputs: the first of its channels, how many, and where it lies. */
export interface FinishedBlock {
  readonly channel: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements between rows. */
  readonly stride: number;
  readonly address: number;
}

/** Finishes a block of outputs in place. */
export function finishBlock(kernels: HeapKernels, finish: Finish, block: FinishedBlock): void {
  const { scales, shifts, slope, low, high } = finish;
  const { channel, rows, columns, stride, address } = block;
  const changes = slope !== 1 || low > Number.NEGATIVE_INFINITY || high < Number.POSITIVE_INFINITY;
  if (scales === undefined && shifts === undefined && !changes) return;
  const of = (values: Value | undefined) => (values === undefined ? 0 : values.address + 4 * channel);
  kernels.finishRows(rows, columns, stride, address, of(scales), of(shifts), slope, low, high);
}
