/** Logits are in units of 1/256; the logistic function is taken to end at +-12. */
export const MAX_LOGIT = 3072;

/**
 * round(65536 / (1 + exp(-i / 4))) for i = 0..48: the logistic function at every 64th logit from 0 up. These numbers are the
 * definition, since the exponential functions of two machines may differ in the last bit.
 */
const LOGISTIC_KNOTS: readonly number[] = [
  32768, 36843, 40793, 44511, 47911, 50941, 53581, 55834, 57724, 59287, 60565, 61598, 62428, 63090, 63615, 64030, 64357,
  64614, 64816, 64974, 65097, 65194, 65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514, 65519,
  65523, 65526, 65528, 65530, 65531, 65532, 65533, 65534, 65534, 65535, 65535, 65535, 65535, 65535, 65536,
];

/** Logits between two knots. */
const KNOT_BITS = 6;

/**
 * The probability of a logit, straight between the knots, in units of 2^-16: 1..65,535.
 *
 * @param logit an integer in -3,072..3,072
 */
export function squash(logit: number): number {
  const distance = Math.abs(logit);
  const knot = distance >> KNOT_BITS;
  const low = LOGISTIC_KNOTS[knot]!;
  const high = LOGISTIC_KNOTS[knot + 1] ?? low;
  const above = low + (((high - low) * (distance & 63)) >> KNOT_BITS);
  return Math.min(65535, Math.max(1, logit < 0 ? 65536 - above : above));
}

/** The logit of each probability of 12 bits: the least one whose probability is at least that of the middle of its step. */
function stretchTable(): Int16Array {
  const logits = new Int16Array(4096);
  let logit = -MAX_LOGIT;
  for (let step = 0; step < logits.length; step++) {
    while (squash(logit) < 16 * step + 8) logit++;
    logits[step] = logit;
  }
  return logits;
}

/** The logit of a probability, by its first 12 bits. */
export const STRETCH = /* @__PURE__ */ stretchTable();
