import { byteReader } from "./byte-reader";
import { byteWriter } from "./byte-writer";
import type { Codec } from "./codec";

/**
 * The codec of one integer in 0..2^53 - 1 as a varint (docs/format.md, "Integers and text").
 *
 * @throws RangeError in `encode` for another number
 * @throws FormatError in `decode`, "truncated", "trailing-data", "not-canonical", "out-of-range"
 */
export function varint(): Codec<number, Uint8Array> {
  return Object.freeze({
    name: "varint",
    encode(value: number) {
      const out = byteWriter();
      out.varint(value);
      return out.finish();
    },
    decode(bytes: Uint8Array) {
      const reader = byteReader(bytes);
      const value = reader.varint();
      reader.expectEnd();
      return value;
    },
  });
}
