import { FormatError, type FormatErrorCode } from "@deep-compression/bits";
import { checkBytes, checkInteger } from "@deep-compression/runtime";
import {
  checkProbability,
  codeBit,
  decodingCoder,
  type RangeCoder,
  WINDOW,
  WINDOW_BYTES,
  windowAt,
} from "./coding-interval";

/** Reads what a range encoder wrote, told the same probabilities. */
export interface RangeDecoder {
  /**
   * The next bit. Bytes behind the last are zeros, and any bytes hold bits without end: who reads must know how many there are.
   *
   * @param probability that the bit is 1, in units of 2^-16: 16..65,520
   * @throws TypeError, RangeError
   */
  read(probability: number): 0 | 1;
  /**
   * Checks that the bytes are the ones that encoding the bits gives.
   *
   * @throws FormatError "trailing-data" if there are bytes behind, else "not-canonical"
   */
  expectEnd(): void;
}

/**
 * A decoder from the start of the bytes.
 *
 * @param options.baseOffset added to the byte offsets that errors carry
 * @throws TypeError, RangeError
 */
export function rangeDecoder(bytes: Uint8Array, options: { readonly baseOffset?: number } = {}): RangeDecoder {
  checkBytes("bytes", bytes);
  const baseOffset = checkInteger("baseOffset", options.baseOffset ?? 0);
  const coder = decodingCoder(bytes);
  return {
    read(probability) {
      checkProbability(probability);
      return codeBit(coder, 0, probability) === 1 ? 1 : 0;
    },
    expectEnd: () => expectEnd(coder, baseOffset),
  };
}

/** Checks that the bytes end as an encoder of the same bits ends them. @throws FormatError as {@link RangeDecoder.expectEnd} */
export function expectEnd({ bytes, position, interval }: RangeCoder, baseOffset: number): void {
  const fail = (code: FormatErrorCode, message: string, at: number): never => {
    throw new FormatError(code, message, { offset: baseOffset + at });
  };
  if (bytes.length > position) fail("trailing-data", `${bytes.length - position} bytes left over`, position);
  if (bytes[bytes.length - 1] === 0) fail("not-canonical", "the last byte is 0", bytes.length - 1);
  const [place = 0, range = 0] = interval;
  const step = lowestOne(windowAt(bytes, position - WINDOW_BYTES));
  if (place >= range || step <= place || step < range - place) {
    fail("not-canonical", "the bits end in other bytes", bytes.length);
  }
}

/** The value of the lowest bit that is 1; of 0 that of the first bit above the window. */
function lowestOne(window: number): number {
  if (window === 0) return WINDOW;
  let step = 1;
  while (window % (2 * step) === 0) step *= 2;
  return step;
}
