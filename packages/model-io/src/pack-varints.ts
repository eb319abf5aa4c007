import type { ElementType } from "@deep-compression/network";
import { SIGNED, unitBytes } from "./varint-units";

/**
 * The elements of a tensor, each as a protobuf varint: signed integers extended to 64 bits by their sign, the bits of all
 * others by zeros (onnx.proto, `int32_data`). Of types of fewer than eight bits each byte.
 */
export function packVarints(type: ElementType, bytes: Uint8Array): Uint8Array {
  let length = 0;
  forEachUnit(type, bytes, (low, high) => {
    length += varintLength(low, high);
  });
  const packed = new Uint8Array(length);
  let at = 0;
  forEachUnit(type, bytes, (low, high) => {
    while (high !== 0 || low >= 0x80) {
      packed[at++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    packed[at++] = low;
  });
  return packed;
}

function forEachUnit(type: ElementType, bytes: Uint8Array, onUnit: (low: number, high: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isSigned = SIGNED.has(type);
  const size = unitBytes(type);
  for (let at = 0; at < bytes.length; at += size) {
    if (size === 8) {
      onUnit(view.getUint32(at, true), view.getUint32(at + 4, true));
      continue;
    }
    const low = lowBits(view, at, { size, isSigned });
    onUnit(low >>> 0, low < 0 ? 0xffffffff : 0);
  }
}

function lowBits(view: DataView, at: number, { size, isSigned }: { size: number; isSigned: boolean }): number {
  if (size === 1) return isSigned ? view.getInt8(at) : view.getUint8(at);
  if (size === 2) return isSigned ? view.getInt16(at, true) : view.getUint16(at, true);
  return isSigned ? view.getInt32(at, true) : view.getUint32(at, true);
}

function varintLength(low: number, high: number): number {
  const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
  return Math.max(1, Math.ceil(bits / 7));
}
