import type { Graph } from "@deep-compression/network";
import type { Engine } from "./engine";
import type { Parameters } from "./parameters";
import type { LoadedSamples } from "./samples";

/** Where the numbers of a run lie: what every step reads and what it adds to. */
export interface RunAddresses {
  /** Order in which the samples are taken: `count` words. */
  readonly order: number;
  /** SCALARS words a step. */
  readonly scalars: number;
  /** A loss and an error count a thread, 16 bytes apart. */
  readonly totals: number;
  /** Logits of every sample in the run's order, if they are to be kept (0: not). */
  readonly logits: number;
}

export type UpdateRule =
  | { readonly kind: "sgd"; readonly momentum: number }
  | { readonly kind: "adam"; readonly beta1: number; readonly beta2: number };

/** What a training step does beside the network itself. */
export interface StepRule {
  readonly update: UpdateRule;
  readonly weightDecay: number;
  readonly l1: number;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout: Readonly<Record<string, number>>;
  /** Soft targets of every sample (an address), their share of the loss, and their temperature. */
  readonly soft?: { readonly targets: number; readonly share: number; readonly temperature: number };
  readonly trackers?: ReadonlyMap<string, readonly number[]>;
  readonly trackDecay: number;
}

export interface CompileOptions {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly data: LoadedSamples;
  readonly batch: number;
  readonly addresses: RunAddresses;
}

/** What thread `thread` of `threads` takes of `total` things: [start, end). */
export function share(
  total: number,
  thread: number,
  threads: number,
): { readonly start: number; readonly end: number } {
  return { start: Math.floor((total * thread) / threads), end: Math.floor((total * (thread + 1)) / threads) };
}
