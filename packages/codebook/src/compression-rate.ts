import { checkInteger } from "@deep-compression/runtime";

/**
 * The rate of weight sharing alone (Deep Compression, section 3, eq. 1): r = n*b / (n*log2(k) + k*b), for n = `count`
 * weights of b = `bits` bits that share k = `size` values. The paper's example: 16 weights of 32 bits, 4 shared: 3.2.
 *
 * @throws TypeError, RangeError if a number is not an integer of at least 1
 */
export function compressionRate(options: {
  readonly count: number;
  readonly size: number;
  readonly bits: number;
}): number {
  const count = checkInteger("count", options.count, { minimum: 1 });
  const size = checkInteger("size", options.size, { minimum: 1 });
  const bits = checkInteger("bits", options.bits, { minimum: 1 });
  return (count * bits) / (count * Math.log2(size) + size * bits);
}
