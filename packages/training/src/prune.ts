import { inputRmsScores, keepMask, keepMasks, magnitudeScores } from "@deep-compression/sparse";
import { cubicSparsity, type Schedule } from "./schedule";
import type { Hook } from "./train-options";
import type { Trainer } from "./trainer";

/** What decides which weights go. */
export interface PruneOptions {
  /**
   * Fraction of the weights to remove, 0 to 1: one number for all the named tensors together (one threshold), or a number
   * for each tensor by name (a threshold each, as in the paper).
   */
  readonly sparsity: number | Readonly<Record<string, number>>;
  /**
   * "input-rms" (the default): |w| times the rms of the weight's input, how much the weight moves its unit; needs a
   * run with `trackInputs`. "magnitude": |w|, the paper's.
   */
  readonly score?: "input-rms" | "magnitude";
  /** Factors on the scores by tensor, to spare some layers under one threshold. Default 1. */
  readonly multipliers?: Readonly<Record<string, number>>;
}

export interface GradualPruningOptions extends PruneOptions {
  /** Fraction of the final sparsity that is due, 0 to 1. Default: cubic (1710.01878) over the first 60 % of the stage. */
  readonly schedule?: Schedule;
  /** Steps between masks. Default 100. */
  readonly every?: number;
}

function scoresOf(trainer: Trainer, name: string, options: PruneOptions): Float32Array {
  const weights = trainer.weights(name);
  const multiplier = options.multipliers?.[name] ?? 1;
  if (options.score === "magnitude") return magnitudeScores(weights, { multiplier });
  return inputRmsScores(weights, { inputRms: trainer.inputRms(name), multiplier });
}

/** Removed weights stay removed, even where less is to be removed than is gone. */
function narrowMask(trainer: Trainer, name: string, mask: Uint8Array): void {
  const before = trainer.mask(name);
  trainer.setMask(
    name,
    mask.map((keep, i) => keep * before[i]!),
  );
}

/**
 * Sets masks that keep the best scores; what was removed before scores zero and stays removed.
 * @throws RangeError if a sparsity is not in [0, 1] or a tensor does not exist.
 */
export function prune(trainer: Trainer, options: PruneOptions): void {
  const { sparsity } = options;
  if (typeof sparsity === "number") {
    const names = trainer.weightNames;
    const masks = keepMasks(
      names.map((name) => scoresOf(trainer, name, options)),
      { sparsity },
    );
    for (const [index, name] of names.entries()) narrowMask(trainer, name, masks[index]!);
  } else {
    for (const [name, fraction] of Object.entries(sparsity)) {
      narrowMask(trainer, name, keepMask(scoresOf(trainer, name, options), { sparsity: fraction }));
    }
  }
}

function scaled(sparsity: PruneOptions["sparsity"], factor: number): PruneOptions["sparsity"] {
  if (typeof sparsity === "number") return sparsity * factor;
  return Object.fromEntries(Object.entries(sparsity).map(([name, fraction]) => [name, fraction * factor]));
}

/** A hook for `train` that prunes a little more every `every` steps until the sparsity is reached. */
export function gradualPruning(options: GradualPruningOptions): Hook<Trainer> {
  const { every = 100, schedule = cubicSparsity({ sparsity: 1 }) } = options;
  return {
    steps: every,
    run: (trainer, done) => {
      const due = schedule(done);
      if (due > 0) prune(trainer, { ...options, sparsity: scaled(options.sparsity, due) });
    },
  };
}
