import type { HeapKernels } from "./heap-kernels";

/** The loops that may run on several threads at once: they keep nothing in memory but what they are given. Of `addFloats`, steps of 1. */
export type SharedKernels = Pick<
  HeapKernels,
  | "addFloats"
  | "convolve16"
  | "convolve48"
  | "copyPlanes"
  | "depthwise"
  | "expandEntries"
  | "finishRows"
  | "gateRows"
  | "gemm"
  | "groupedProduct"
  | "groupedProduct4"
  | "groupedProduct8"
  | "windowColumns"
>;

/** Work that threads can share. */
export interface Job {
  /** Pieces that do not depend on one another, of about the same work. */
  readonly count: number;
  /** Multiplications of all. */
  readonly cost: number;
}

/** What is done with the pieces [first, end), by the thread of this number. What kernels give back is not to be read. */
export type Part = (kernels: SharedKernels, first: number, end: number, thread: number) => void;

/** The threads that a session runs on. */
export interface Team {
  /** How many there are. The numbers of those that share a job are below `threadsFor` it. */
  readonly threads: number;
  /** How many of them take part in a job: small ones are done by the caller's thread alone. */
  threadsFor(job: Job): number;
  /** Has each of them do a part of a job, and returns when all is done. */
  share(job: Job, part: Part): void;
}

/** The caller's thread. */
export function alone(kernels: SharedKernels): Team {
  return { threads: 1, threadsFor: () => 1, share: ({ count }, part) => part(kernels, 0, count, 0) };
}
