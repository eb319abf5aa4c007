import { describeValue } from "@deep-compression/runtime";
import { byteReader } from "./byte-reader";
import type { Codec } from "./codec";

/**
 * The codec of one value that both sides know: no bytes.
 *
 * @param value a number, a string or another value that `Object.is` compares
 * @throws RangeError in `encode` for another value
 * @throws FormatError in `decode`, "trailing-data" for any byte
 */
export function constant<T>(value: T): Codec<T, Uint8Array> {
  return Object.freeze({
    name: "constant",
    encode(other: T) {
      if (Object.is(other, value)) return new Uint8Array(0);
      throw new RangeError(`value: expected ${describeValue(value)}, got ${describeValue(other)}`);
    },
    decode(bytes: Uint8Array) {
      byteReader(bytes).expectEnd();
      return value;
    },
  });
}
