import { FormatError } from "@deep-compression/bits";
import type { ElementType } from "@deep-compression/network";
import { SIGNED, unitBytes } from "./varint-units";

/** Receives a varint: its low and high 32 bits, and whether it is the shortest that holds them. */
type OnVarint = (low: number, high: number, isShortest: boolean) => void;

/** Takes varints apart, whose bytes may come in several calls. */
function varintDecoder(onVarint: OnVarint) {
  let [low, high, length] = [0, 0, 0];
  return {
    push(bytes: Uint8Array): void {
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i]!;
        const bits = byte & 0x7f;
        if (length < 4) low |= bits << (7 * length);
        else if (length === 4) {
          low |= bits << 28;
          high = bits >>> 4;
        } else if (length < 10) high |= bits << (7 * length - 32);
        else throw new FormatError("out-of-range", "a varint of more than ten bytes");
        length++;
        if (byte >= 0x80) continue;
        onVarint(low >>> 0, high >>> 0, length === 1 || (byte !== 0 && (length < 10 || byte === 1)));
        low = high = length = 0;
      }
    },
    finish(): void {
      if (length > 0) throw new FormatError("truncated", "a varint does not end");
    },
  };
}

/**
 * The mirror of `packVarints`: bits that an element has no room for are dropped, as protobuf does.
 *
 * @throws FormatError "truncated", "out-of-range" for a varint of more than ten bytes
 */
export function unpackVarints(type: ElementType, bytes: Uint8Array): Uint8Array {
  const size = unitBytes(type);
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 0x80) count++;
  const elements = new Uint8Array(count * size);
  const view = new DataView(elements.buffer);
  let at = 0;
  const decoder = varintDecoder((low, high) => {
    if (size === 1) view.setUint8(at, low);
    else if (size === 2) view.setUint16(at, low, true);
    else view.setUint32(at, low, true);
    if (size === 8) view.setUint32(at + 4, high, true);
    at += size;
  });
  decoder.push(bytes);
  decoder.finish();
  return elements;
}

/** Tells of varints, whose bytes may come in several calls, how many bytes they unpack to, and whether `packVarints` would give them again. */
export function varintSurvey(type: ElementType) {
  const [size, isSigned] = [unitBytes(type), SIGNED.has(type)];
  let [count, isCanonical] = [0, true];
  const decoder = varintDecoder((low, high, isShortest) => {
    count++;
    if (!isShortest || !isExtended(low, high, { size, isSigned })) isCanonical = false;
  });
  return {
    push: decoder.push,
    /** @throws FormatError "truncated" if the last varint does not end */
    finish() {
      decoder.finish();
      return { byteLength: count * size, isCanonical };
    },
  };
}

/** Whether 64 bits are those of an element of `size` bytes, extended. */
function isExtended(low: number, high: number, { size, isSigned }: { size: number; isSigned: boolean }): boolean {
  if (size === 8) return true;
  if (!isSigned) return high === 0 && (size === 4 || low < 2 ** (8 * size));
  const value = low | 0;
  return high >>> 0 === (value >> 31) >>> 0 && (value << (32 - 8 * size)) >> (32 - 8 * size) === value;
}
