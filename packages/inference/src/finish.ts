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

/** Each output times alpha * itself + beta, which is held between two bounds. */
export interface GateStep {
  readonly alpha: number;
  readonly beta: number;
  readonly low: number;
  readonly high: number;
}

/** To each output another value's number is added. */
export interface SumStep {
  /** Bytes from an output to the number. */
  readonly distance: number;
}

/** What is done to the outputs of a layer before they are left. */
export type Finish = readonly (RowsStep | GateStep | SumStep)[];

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

/** Finishes a block of outputs in place. */
export function finishBlock(kernels: SharedKernels, finish: Finish, block: FinishedBlock): void {
  const { channel, rows, columns, stride, address } = block;
  const of = (values: Value | undefined) => (values === undefined ? 0 : values.address + 4 * channel);
  for (const step of finish) {
    if ("distance" in step) {
      for (let row = 0, at = address; row < rows; row++, at += 4 * stride)
        kernels.addFloats(columns, at, 1, at + step.distance, 1, at);
      continue;
    }
    const { low, high } = step;
    if ("alpha" in step) kernels.gateRows(rows, columns, stride, address, address, step.alpha, step.beta, low, high);
    else {
      const [scales, shifts] = [of(step.scales), of(step.shifts)];
      kernels.finishRows(rows, columns, stride, address, address, scales, shifts, step.slope, low, high);
    }
  }
}
