import type { Graph, Network } from "@deep-compression/network";
import type { Engine } from "./engine";
import type { Parameters } from "./parameters";

/** What all parts of a trainer work on. */
export interface Core {
  readonly engine: Engine;
  readonly network: Network;
  readonly graph: Graph;
  readonly parameters: Parameters;
  /** Outputs of the network, if it ends in a Gemm; else 0. */
  readonly classes: number;
  /** Samples a step. */
  readonly batch: number;
  readonly seed: number;
  readonly tracking: Tracking;
}

/** Running squares of the layers' inputs: an address a thread by weight name, and the batches that went in. */
export interface Tracking {
  readonly addresses: Map<string, readonly number[]>;
  batches: number;
}

/** The slice [start, end) of `total` things that is thread `thread`'s. */
export function sliceOf(
  total: number,
  thread: number,
  threads: number,
): { readonly start: number; readonly end: number } {
  return { start: Math.floor((total * thread) / threads), end: Math.floor((total * (thread + 1)) / threads) };
}
