import type { Case } from "./harness";

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
  { name: "types", load: async () => (await import("./types-suite")).TYPES_CASES },
  { name: "full-size", once: true, load: async () => (await import("./full-size-suite")).FULL_SIZE_CASES },
  { name: "models", once: true, load: async () => (await import("./models-suite")).MODELS_CASES },
  { name: "scale", once: true, load: async () => (await import("./scale-suite")).SCALE_CASES },
  { name: "calibration", once: true, load: async () => (await import("./calibration-suite")).CALIBRATION_CASES },
  { name: "inference", once: true, load: async () => (await import("./inference-suite")).INFERENCE_CASES },
  { name: "loading", once: true, load: async () => (await import("./loading-suite")).LOADING_CASES },
  { name: "training", once: true, load: async () => (await import("./training-suite")).TRAINING_CASES },
];
