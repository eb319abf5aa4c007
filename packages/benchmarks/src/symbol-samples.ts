import { seededRandom } from "@deep-compression/runtime";
import { bisect, geometricMean } from "./pruned-weights";

/** What a stream of symbols is drawn from. */
export interface SymbolSample {
  readonly alphabet: number;
  /** Entropy of the distribution that symbols are drawn from. */
  readonly bits: number;
}

/** Streams as shared weights make them: codes of a bell-shaped layer at 4, 5 and 8 bits. */
export const SYMBOL_SAMPLES: readonly SymbolSample[] = [
  { alphabet: 16, bits: 3.67 },
  { alphabet: 32, bits: 3.74 },
  { alphabet: 256, bits: 4.85 },
  { alphabet: 256, bits: 5.84 },
];

/** `count` symbols, independently drawn from a discrete Gaussian over the alphabet whose entropy is `bits`. */
export function drawSymbols(sample: SymbolSample, options: { readonly count: number; readonly seed: number }) {
  const lookup = quantileTable(discreteGaussian(sample));
  const random = seededRandom(options.seed);
  return new Uint8Array(options.count).map(() => lookup[Math.floor(random() * lookup.length)]!);
}

/** Order-0 entropy of symbols, in bytes for all of them. */
export function entropyBytes(counts: ArrayLike<number>): number {
  const present = Array.from(counts).filter((count) => count > 0);
  const total = present.reduce((sum, count) => sum + count, 0);
  return present.reduce((bits, count) => bits + count * (Math.log2(total) - Math.log2(count)), 0) / 8;
}

/** Probabilities of the symbols, of a width at which they have the entropy: it grows with the width. @throws RangeError if no width will do */
function discreteGaussian({ alphabet, bits }: SymbolSample): Float64Array {
  if (!(bits > 0 && bits < Math.log2(alphabet)))
    throw new RangeError(`bits: expected below log2 ${alphabet}, got ${bits}`);
  const isBelow = (width: number) => 8 * entropyBytes(gaussianProbabilities(alphabet, width)) < bits;
  return gaussianProbabilities(alphabet, bisect([0.1, 100 * alphabet], geometricMean, isBelow));
}

function gaussianProbabilities(alphabet: number, width: number): Float64Array {
  const weights = new Float64Array(alphabet).map((_, i) => Math.exp(-(((i - (alphabet - 1) / 2) / width) ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** 2^20 symbols in the proportion of their probabilities, so that a draw is one look-up. */
function quantileTable(probabilities: Float64Array): Uint8Array {
  const table = new Uint8Array(2 ** 20);
  let start = 0;
  let sum = 0;
  probabilities.forEach((probability, symbol) => {
    sum += probability;
    const end = Math.round(sum * table.length);
    table.fill(symbol, start, end);
    start = end;
  });
  return table.fill(probabilities.length - 1, start);
}
