import type { Row } from "./harness";

export interface CaseContext {
  /** Timed runs of each side of a contest. */
  readonly rounds: number;
  /** Scales the work of one run: 1 is what is reported, a small fraction tries the program out. */
  readonly effort: number;
  /** Tells the user what is going on; never on stdout. */
  readonly progress: (line: string) => void;
}

/** A few rows that share their preparation. It asserts that all sides agree before it times any. */
export interface Case {
  readonly name: string;
  run(context: CaseContext): Promise<readonly Row[]>;
}

/** Suites load when they are asked for: each brings packages and peers of its own. */
export interface Suite {
  readonly name: string;
  /** Whether one pass is all that `--passes` makes of it: its cases take minutes, and spread their runs themselves. */
  readonly once?: boolean;
  load(): Promise<readonly Case[]>;
}

export const SUITES: readonly Suite[] = [
  { name: "noise", load: async () => (await import("./noise-suite")).NOISE_CASES },
  { name: "codecs", load: async () => (await import("./codecs-suite")).CODECS_CASES },
  { name: "full-size", once: true, load: async () => (await import("./full-size-suite")).fullSizeCases },
  { name: "training", once: true, load: async () => (await import("./training-suite")).trainingCases },
];
