import type { Network } from "@deep-compression/network";
import type { Trainer } from "@deep-compression/training";
import type { Mnist } from "./mnist";
import type { Recipe } from "./recipe";

/** What a run reports after every epoch. */
export interface Progress {
  readonly stage: string;
  readonly stages: number;
  /** From 0. */
  readonly stageIndex: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly validationErrorPercent?: number;
  readonly secondsElapsed: number;
  readonly secondsLeft: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly threads: number;
  /** Where the run is kept from time to time; it goes on from there if it was interrupted. Undefined: nowhere. */
  readonly checkpoint?: string;
  /** Seconds between checkpoints within a stage. Default 10. */
  readonly checkpointSeconds?: number;
  readonly onProgress: (progress: Progress) => void;
}

export interface TrainedNetworks {
  readonly dense: Network;
  readonly compressed: Network;
  /** Of the compressed network. */
  readonly validationErrorPercent: number;
  /** Seconds of training, those before an interruption included. */
  readonly seconds: number;
  readonly resumed: boolean;
}

/** A run under way. */
export interface Run {
  readonly recipe: Recipe;
  readonly trainer: Trainer;
  readonly data: Mnist;
  readonly options: RunOptions;
  /** The dense network's tensors, how many teachers there are, and the sum of their logits of the training images. */
  readonly parent: Map<string, Float32Array>;
  readonly clock: { readonly start: number; saved: number };
}
