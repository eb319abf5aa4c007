/** What a code costs and what it means. */
export interface CodePrices {
  /** Values that weights share, zero among them where weights may be pruned. */
  readonly centroids: Float32Array;
  /** Bits that each code takes in the file, positions included. */
  readonly bits: Float64Array;
  /** The squared error that one bit is worth. */
  readonly lambda: number;
}

/** Finds the code of the least cost, importance (value - centroid)^2 + lambda bits, the lowest among equals. */
export type CodeChoice = (value: number, importance: number) => number;

/**
 * Looks through the centroids from the nearest one to both sides, as far as the error alone is worth less than the least cost that
 * was found: a few of many.
 */
export function codeChoice({ centroids, bits, lambda }: CodePrices): CodeChoice {
  const codes = Uint32Array.from(bits.keys()).sort((a, b) => centroids[a]! - centroids[b]!);
  const values = Float64Array.from(codes, (code) => centroids[code]!);
  const prices = Float64Array.from(codes, (code) => lambda * bits[code]!);
  const cheapest = prices.reduce((least, price) => Math.min(least, price), Number.POSITIVE_INFINITY);
  const count = codes.length;

  return (value, importance) => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    let best = codes[0]!;
    let least = Number.POSITIVE_INFINITY;
    for (let step = 1, at = low; step >= -1; step -= 2, at = low - 1) {
      for (; at >= 0 && at < count; at += step) {
        const error = value - values[at]!;
        const distortion = importance * error * error;
        if (distortion + cheapest > least) break;
        const cost = distortion + prices[at]!;
        const code = codes[at]!;
        if (cost < least || (cost === least && code < best)) {
          least = cost;
          best = code;
        }
      }
    }
    return best;
  };
}
