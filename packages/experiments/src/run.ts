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

// What a run keeps of the networks before: the dense network's tensors, and the teachers' logits of the training images.
const TEACHERS = "teachers";
const TEACHER_LOGITS = "teacher-logits";
const DENSE = "dense:";

/** Whether an array of a checkpoint belongs to the run's parents rather than to the trainer. */
export function isParent(name: string): boolean {
  return name === TEACHERS || name === TEACHER_LOGITS || name.startsWith(DENSE);
}

/** Keeps the network in training as the dense one. */
export function keepDense({ trainer, parent }: Run): void {
  for (const name of trainer.names) parent.set(`${DENSE}${name}`, trainer.weights(name));
}

/** A tensor of the dense network, or undefined before there is one. */
export function denseWeights({ parent }: Run, name: string): Float32Array | undefined {
  return parent.get(`${DENSE}${name}`);
}

/** The network in training becomes one of the teachers. */
export function addTeacher({ trainer, data, parent }: Run): void {
  const sum = parent.get(TEACHER_LOGITS);
  const logits = trainer.logits(data.training);
  parent.set(TEACHER_LOGITS, sum ? logits.map((logit, i) => logit + sum[i]!) : logits);
  parent.set(TEACHERS, Float32Array.of((parent.get(TEACHERS)?.[0] ?? 0) + 1));
}

/** Mean logits of the teachers, or undefined before there are any. */
export function teacherLogits({ parent }: Run): Float32Array | undefined {
  const count = parent.get(TEACHERS)?.[0] ?? 0;
  return parent.get(TEACHER_LOGITS)?.map((sum) => sum / count);
}
