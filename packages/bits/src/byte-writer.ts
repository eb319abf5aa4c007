import { checkBytes, checkInteger, checkText } from "@deep-compression/runtime";
import { grown } from "./growing-bytes";

/**
 * Appends bytes, little-endian integers, varints and texts to a growing array (docs/format.md, "Integers and text").
 *
 * @throws TypeError, RangeError in every method for what it cannot hold
 */
export interface ByteWriter {
  u8(value: number): void;
  u16(value: number): void;
  u32(value: number): void;
  /** Unsigned LEB128 in its shortest encoding, 0..2^53 - 1. */
  varint(value: number): void;
  bytes(bytes: Uint8Array): void;
  /** Varint length in bytes, then UTF-8. @throws RangeError on a lone surrogate, which UTF-8 cannot hold */
  text(text: string): void;
  /** Bytes written so far. */
  readonly length: number;
  /** The bytes written so far, which writing on leaves as they are. */
  finish(): Uint8Array;
}

/** A writer of no bytes yet. */
export function byteWriter(): ByteWriter {
  let buffer: Uint8Array = new Uint8Array(64);
  let length = 0;

  function append(value: number): void {
    buffer = grown(buffer, length + 1);
    buffer[length++] = value;
  }
  function littleEndian(value: number, count: number): void {
    checkInteger("value", value, { maximum: 2 ** (8 * count) - 1 });
    for (let shift = 0; shift < 8 * count; shift += 8) append(value >>> shift);
  }
  function varint(value: number): void {
    let rest = checkInteger("value", value);
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) append((rest % 0x80) | 0x80);
    append(rest);
  }
  function bytes(added: Uint8Array): void {
    checkBytes("bytes", added);
    buffer = grown(buffer, length + added.length);
    buffer.set(added, length);
    length += added.length;
  }

  return {
    u8: (value) => littleEndian(value, 1),
    u16: (value) => littleEndian(value, 2),
    u32: (value) => littleEndian(value, 4),
    varint,
    bytes,
    text(text) {
      const encoded = new TextEncoder().encode(checkText("text", text));
      varint(encoded.length);
      bytes(encoded);
    },
    get length() {
      return length;
    },
    // A full buffer needs no copy: whatever comes next goes to a larger one.
    finish: () => (length === buffer.length ? buffer : buffer.slice(0, length)),
  };
}

/** Bytes that a value takes as a varint, 1..8. @throws RangeError unless `value` is an integer in 0..2^53 - 1 */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = checkInteger("value", value); rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}
