import { MAX_LOGIT, squash } from "./logistic";

/** Weights are in units of 2^-16. */
const INITIAL_WEIGHT = 19661;

/** How far a weight goes: so many times the logit, times the error in units of 2^-12, over 2^14. */
const LEARNING_RATE = 4;

/** What is mixed last is no probability but this logit, so that a weight can say what all have in common. */
const CONSTANT_LOGIT = 256;

/**
 * Makes one probability of several: that of the weighted sum of their logits, with weights that learn (logistic mixing: Mahoney,
 * "Adaptive weighing of context models for lossless data compression", 2005). All numbers are integers below 2^53.
 */
export interface LogisticMixer {
  /** What is mixed: whoever mixes writes them, but for the last one, which is constant. */
  readonly logits: Int32Array;
  /** Those of each set, one behind the other. */
  readonly weights: Float64Array;
}

/** A mixer of so many logits and the constant one, with so many sets of weights. */
export function logisticMixer(inputs: number, sets: number): LogisticMixer {
  const logits = new Int32Array(inputs + 1);
  logits[inputs] = CONSTANT_LOGIT;
  return { logits, weights: new Float64Array(sets * logits.length).fill(INITIAL_WEIGHT) };
}

/** The probability of a 1 in units of 2^-16, 1..65,535, by a set of weights. */
export function mixed({ logits, weights }: LogisticMixer, set: number): number {
  const start = set * logits.length;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += logits[i]! * weights[start + i]!;
  return squash(Math.max(-MAX_LOGIT, Math.min(MAX_LOGIT, Math.floor(sum / 65536))));
}

/** Tells a set of weights what bit came where it had said this probability of a 1. */
export function learnWeights(mixer: LogisticMixer, set: number, bit: number, probability: number): void {
  const { logits, weights } = mixer;
  const start = set * logits.length;
  const error = LEARNING_RATE * (((bit << 16) - probability) >> 4);
  for (let i = 0; i < logits.length; i++) weights[start + i]! += (logits[i]! * error + 8192) >> 14;
}
