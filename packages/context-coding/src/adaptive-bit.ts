import { checkInteger } from "@deep-compression/runtime";

// The state of an adaptive bit is 32 bits: the probability of a 1 in units of 2^-22 above, and below 10 bits that count what it
// has learnt from. The more, the less the next bit moves it. It is a signed integer, for engines are fastest with those.

/** What the coders take: probabilities in units of 2^-16, neither of the two bits all but certain. */
export const MIN_PROBABILITY = 16;
export const MAX_PROBABILITY = 65520;

/** The count at which an adaptive bit stops to grow slower. */
export const COUNT_LIMIT = 1000;

/** 8,192 over the count and a half and one more, by count: what of an eighth of the distance to a bit is 1,024 times the step. */
export function stepTable(): Int32Array {
  return Int32Array.from({ length: 1024 }, (_, count) => Math.floor(16384 / (2 * count + 3)));
}

const STEPS = /* @__PURE__ */ stepTable();

/**
 * The state of a bit before it has learnt.
 *
 * @param probability of a 1, in units of 2^-16
 * @param count how many bits the probability is worth
 */
export function freshBit(probability: number, count: number): number {
  return (probability << 16) | count;
}

// Below, numbers are written out: engines look up constants of a module at each use, and here the time goes.

/** The probability of a 1 that a coder takes. */
export function probabilityOf(state: number): number {
  const probability = state >>> 16;
  return probability < 16 ? 16 : probability > 65520 ? 65520 : probability;
}

/** How many bits a state has learnt from. */
export function countOf(state: number): number {
  return state & 1023;
}

/** The state after a bit: its probability goes towards the bit by 1 / (count + 1.5) of the distance. */
export function learnt(state: number, bit: number, limit = 1000): number {
  const count = state & 1023;
  const eighth = ((bit << 22) - (state >>> 10)) >> 3;
  const moved = state + (Math.imul(eighth, STEPS[count]!) & ~1023);
  return (count < limit ? moved + 1 : moved) | 0;
}

/** Adaptive bits side by side, each in its own context. */
export interface AdaptiveBits {
  /** The probability of a 1 in a context, in units of 2^-16: 16..65,520. */
  probability(context: number): number;
  /** Tells what bit came in a context. */
  learn(context: number, bit: number): void;
}

/**
 * Adaptive bits that begin undecided. Contexts are 0..`contexts` - 1; an encoder and a decoder that are told the same bits in
 * the same order have the same probabilities, to the last digit, on every machine.
 *
 * @param options.countLimit bits after which the weight of a new one stays what it is: 1..1,000, default 1,000
 * @throws TypeError, RangeError
 */
export function adaptiveBits(contexts: number, options: { readonly countLimit?: number } = {}): AdaptiveBits {
  checkInteger("contexts", contexts, { maximum: 2 ** 28 });
  const limit = checkInteger("countLimit", options.countLimit ?? COUNT_LIMIT, { minimum: 1, maximum: COUNT_LIMIT });
  const states = new Int32Array(contexts).fill(freshBit(32768, 0));

  function stateOf(context: number): number {
    return states[context] ?? states[checkInteger("context", context, { maximum: contexts - 1 })]!;
  }
  return {
    probability: (context) => probabilityOf(stateOf(context)),
    learn(context, bit) {
      states[context] = learnt(stateOf(context), bit === 0 ? 0 : 1, limit);
    },
  };
}
