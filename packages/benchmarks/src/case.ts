import type { Row } from "./harness";

/** What a case is run with. */
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
