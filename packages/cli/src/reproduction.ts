// What `reproduce` expects of @deep-compression/experiments, an optional peer: spelled out, so that our types do not
// need that package.

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

export interface ReproduceOptions {
  readonly network: "lenet-300-100" | "lenet-5";
  /** "ours", or "paper" for the paper's own scheme. */
  readonly scheme: "ours" | "paper";
  readonly seed: number;
  /** Folder for the results. */
  readonly out: string;
  readonly onProgress: (progress: Progress) => void;
  /** Whether an interrupted run goes on from its last checkpoint. Default true. */
  readonly resume?: boolean;
  readonly threads?: number;
}

export interface ReproduceReport {
  /** The content of `out/<network>.json`: what `--json` prints. */
  readonly json: object;
  /** The paper's table beside ours. */
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly files: readonly string[];
  readonly notes: readonly string[];
}

/** Trains and compresses a network of the paper, and writes the results. */
export type Reproduce = (options: ReproduceOptions) => Promise<ReproduceReport>;
