import type { SharedKernels } from "./team";
import type { Value } from "./value";

/** Outputs times scales plus shifts; what is then below 0 times `slope`; all held between two bounds. */
export interface RowsStep {
  /** One a channel; none: all 1. */
  readonly scales?: Value | undefined;
  /** One a channel; none: all 0. */
  readonly shifts?: Value | undefined;
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/** Does something to a block of outputs in place. */
export type FinishStep = (kernels: SharedKernels, block: FinishedBlock) => void;

/** What is done to the outputs of a layer before they are left. */
export type Finish = readonly FinishStep[];

/** A step that changes nothing. */
export const UNCHANGED: RowsStep = { slope: 1, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** A block of outputs where they stay: the first of its channels, how many, and where it lies. */
export interface FinishedBlock {
  readonly channel: number;
  readonly rows: number;
  readonly columns: number;
  /** Elements between rows. */
  readonly stride: number;
  readonly address: number;
}

/** The step as loops do it; `shifts` in place of its own. */
export function rowsStep({ scales, shifts: own, slope, low, high }: RowsStep, shifts = own): FinishStep {
  return (kernels, { channel, rows, columns, stride, address }) => {
    const of = (values: Value | undefined) => (values === undefined ? 0 : values.address + 4 * channel);
    kernels.finishRows(rows, columns, stride, address, address, of(scales), of(shifts), slope, low, high);
  };
}

/** Finishes a block of outputs in place. */
export function finishBlock(kernels: SharedKernels, finish: Finish, block: FinishedBlock): void {
  for (const step of finish) step(kernels, block);
}
