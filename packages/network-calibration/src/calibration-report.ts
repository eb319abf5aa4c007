import type { Tensor } from "@deep-compression/network";

/** What became of a weight. */
export interface LayerReport {
  readonly tensor: string;
  readonly op: string;
  readonly elements: number;
  /**
   * "compensated": errors of weights make up for each other; "separate": each by itself, by the variance of its input; "data-free":
   * without looking at inputs; "by frequency": rows of a table by how often they are looked up; "kept": as it was.
   */
  readonly method: "compensated" | "separate" | "data-free" | "by frequency" | "kept";
  /** Why its inputs did not decide. */
  readonly reason?: string;
  /** Rows of inputs that were looked at. */
  readonly inputs: number;
  /** About what its elements take in a file. */
  readonly bits: number;
  /** Squared error of the outputs on inputs held out, relative to what they are part of; absent where no inputs decided. */
  readonly error?: number;
  /** The tensor that makes up for the mean of the error, if one does. */
  readonly bias?: string;
}

/** A layer that is done: what is given back in goes on from there. */
export interface DoneLayer {
  readonly report: LayerReport;
  /** Weights, biases and normalizations that it changed, as they are now. */
  readonly tensors: readonly Tensor[];
}
