import { checkInteger } from "./arguments";

/** Steps after which the seed has reached all of the state (the author's own choice for a seed of 64 bits). */
const WARM_UP_STEPS = 12;

/**
 * A repeatable generator of numbers in [0, 1), multiples of 2^-32, for any place that takes `random: () => number`.
 * It is sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, period at least 2^32, average about 2^127. Not for cryptography.
 *
 * @param seed any integer within +-(2^53 - 1)
 * @throws TypeError, RangeError
 */
export function seededRandom(seed: number): () => number {
  checkInteger("seed", seed, { minimum: Number.MIN_SAFE_INTEGER });
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;

  function next(): number {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return (result >>> 0) / 2 ** 32;
  }
  for (let step = 0; step < WARM_UP_STEPS; step++) next();
  return next;
}
