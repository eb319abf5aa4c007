import { checkProbability, codeBit, FULL_RANGE, LEAST_RANGE, type RangeCoder, WINDOW, WORD } from "./coding-interval";

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
    finish: coder.finish,
  };
}

/** The coder behind it, whose probabilities are not checked. */
export function encodingCoder(): RangeCoder & Pick<RangeEncoder, "finish"> {
  const interval = new Float64Array([0, FULL_RANGE]);
  let bytes = new Uint8Array(64);
  let length = 0;

  function append(word: number): void {
    if (length + 2 > bytes.length) {
      const longer = new Uint8Array(2 * bytes.length);
      longer.set(bytes);
      bytes = longer;
    }
    bytes[length++] = word >>> 8;
    bytes[length++] = word;
  }
  function carry(): void {
    let at = length - 1;
    while (bytes[at] === 255) bytes[at--] = 0;
    bytes[at]!++;
  }
  return {
    encoding: true,
    interval,
    widen() {
      let low = -interval[0]!;
      if (low >= WINDOW) {
        low -= WINDOW;
        carry();
      }
      const word = Math.floor(low / LEAST_RANGE);
      append(word);
      interval[0] = (word * LEAST_RANGE - low) * WORD;
      interval[1] = interval[1]! * WORD;
    },
    finish() {
      const [place = 0, range = 0] = interval;
      const last = roundest(-place, range);
      if (last >= WINDOW) carry();
      const rest = last % WINDOW;
      append(Math.floor(rest / 2 ** 32));
      append(Math.floor(rest / 2 ** 16) % WORD);
      append(rest % WORD);
      while (length > 0 && bytes[length - 1] === 0) length--;
      return bytes.slice(0, length);
    },
  };
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
