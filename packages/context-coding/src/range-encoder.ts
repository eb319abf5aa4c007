import { appendWord, checkProbability, codeBit, encodingCoder, lowEnd, type RangeCoder, WORD } from "./coding-interval";

/** Writes bits of given probabilities: one of probability p takes about -log2(p) bits. */
export interface RangeEncoder {
  /**
   * @param bit 0 or 1
   * @param probability that the bit is 1, in units of 2^-16: 16..65,520
   * @throws TypeError, RangeError
   */
  write(bit: number, probability: number): void;
  /** The bytes of all that was written, of which the last is not 0. Nothing may be written behind. */
  finish(): Uint8Array;
}

/** An encoder of no bits yet. */
export function rangeEncoder(): RangeEncoder {
  const coder = encodingCoder();
  return {
    write(bit, probability) {
      checkProbability(probability);
      codeBit(coder, bit === 0 ? 0 : 1, probability);
    },
    finish: () => finish(coder),
  };
}

/** The bytes of all that was written, of which the last is not 0. */
export function finish(coder: RangeCoder): Uint8Array {
  const { interval } = coder;
  const [place = 0, range = 0] = interval;
  interval[0] = -roundest(-place, range);
  const last = lowEnd(coder);
  appendWord(coder, Math.floor(last / 2 ** 32));
  appendWord(coder, Math.floor(last / 2 ** 16) % WORD);
  appendWord(coder, last % WORD);
  let length = coder.position;
  while (length > 0 && coder.bytes[length - 1] === 0) length--;
  return coder.bytes.slice(0, length);
}

/** The number of [low, low + range) that ends in the most zero bits. */
function roundest(low: number, range: number): number {
  let step = 1;
  while (Math.ceil(low / (2 * step)) * 2 * step < low + range) {
    if (low === 0) return 0;
    step *= 2;
  }
  return Math.ceil(low / step) * step;
}
