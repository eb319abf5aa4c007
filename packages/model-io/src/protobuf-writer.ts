import { type ByteWriter, byteWriter } from "@deep-compression/bits";
import { WIRE } from "./protobuf";

/** The elements of a tensor, which are put in where a message goes out. */
export interface Insertion {
  readonly tensor: string;
  readonly byteLength: number;
}

/** What a message is made of, one after the other. */
export type Part = Uint8Array | Insertion;

/** A message in parts: bytes, and elements of tensors that are not read yet. */
export interface WrittenMessage {
  readonly byteLength: number;
  readonly parts: readonly Part[];
}

/** Writes the fields of a message, in the order of the calls. */
export interface MessageWriter {
  int(number: number, value: number | bigint): void;
  float(number: number, value: number): void;
  text(number: number, value: string): void;
  bytes(number: number, value: Uint8Array): void;
  message(number: number, value: WrittenMessage): void;
  /** The tag and length of a message of so many bytes, which are written elsewhere. */
  head(number: number, byteLength: number): void;
  insertion(number: number, value: Insertion): void;
  finish(): WrittenMessage;
}

export function messageWriter(): MessageWriter {
  const parts: Part[] = [];
  let byteLength = 0;
  let writer: ByteWriter = byteWriter();
  const tag = (number: number, wireType: number) => writer.varint(8 * number + wireType);
  function head(number: number, length: number): void {
    tag(number, WIRE.bytes);
    writer.varint(length);
  }
  function add(part: Part): void {
    byteLength += part.byteLength;
    parts.push(part);
  }
  function flush(): void {
    const bytes = writer.finish();
    if (bytes.length > 0) add(bytes);
    writer = byteWriter();
  }
  function int(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) {
      writer.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) writer.u8(Number(rest & 0x7fn) | 0x80);
    writer.u8(Number(rest));
  }
  return {
    int(number, value) {
      tag(number, WIRE.varint);
      int(value);
    },
    float(number, value) {
      tag(number, WIRE.fixed32);
      writer.bytes(new Uint8Array(Float32Array.of(value).buffer));
    },
    text(number, value) {
      tag(number, WIRE.bytes);
      writer.text(value);
    },
    bytes(number, value) {
      head(number, value.length);
      writer.bytes(value);
    },
    head,
    message(number, value) {
      head(number, value.byteLength);
      for (const part of value.parts) {
        if (part instanceof Uint8Array) {
          writer.bytes(part);
          continue;
        }
        flush();
        add(part);
      }
    },
    insertion(number, value) {
      head(number, value.byteLength);
      flush();
      add(value);
    },
    finish() {
      flush();
      return { byteLength, parts };
    },
  };
}

/** A message of the fields that `write` writes. */
export function written(write: (writer: MessageWriter) => void): WrittenMessage {
  const writer = messageWriter();
  write(writer);
  return writer.finish();
}
