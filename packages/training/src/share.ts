import { assign, fitCodebook } from "@deep-compression/codebook";
import type { Trainer } from "./trainer";

export interface ShareOptions {
  /** Centroids a tensor, the pruned zero not counted: a number for all, or by tensor name. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Default "optimal": the exact one-dimensional optimum. "linear" is the paper's: Lloyd from a linear initialisation. */
  readonly method?: "optimal" | "linear";
}

/**
 * Ties the surviving weights of each named tensor to a codebook fitted to them (Deep Compression, section 3); from
 * then on training moves centroids.
 */
export function shareWeights(trainer: Trainer, options: ShareOptions): void {
  for (const [name, size] of Object.entries(options.sizes)) {
    const weights = trainer.weights(name);
    const mask = trainer.mask(name);
    const survivors = weights.filter((_, i) => mask[i] === 1);
    if (survivors.length === 0) continue;
    const method =
      options.method === "linear" ? ({ method: "lloyd", init: "linear" } as const) : ({ method: "optimal" } as const);
    const { centroids } = fitCodebook(survivors, { size, ...method });
    trainer.share(name, { centroids, codes: assign(weights, centroids) });
  }
}
