import { checkBytes, checkFloats } from "@deep-compression/runtime";
import type { Codec } from "./codec";
import { fromFloat16, toFloat16 } from "./float16";
import { FormatError } from "./format-error";

/**
 * The codec of float32 numbers as their bits, little-endian, 4 bytes each: any bit pattern, NaNs included.
 *
 * @throws TypeError in `encode` for other values
 * @throws FormatError in `decode`, "truncated" unless the bytes are a multiple of 4
 */
export function float32s(): Codec<Float32Array, Uint8Array> {
  return Object.freeze({
    name: "float32s",
    encode(values: Float32Array) {
      checkFloats("values", values);
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
      const view = new DataView(new ArrayBuffer(4 * bits.length));
      for (let i = 0; i < bits.length; i++) view.setUint32(4 * i, bits[i]!, true);
      return new Uint8Array(view.buffer);
    },
    decode(bytes: Uint8Array) {
      const view = viewOf(bytes, 4);
      const bits = new Uint32Array(bytes.length / 4);
      for (let i = 0; i < bits.length; i++) bits[i] = view.getUint32(4 * i, true);
      return new Float32Array(bits.buffer);
    },
  });
}

/**
 * The codec of float32 numbers that a float16 holds, little-endian, 2 bytes each; every NaN is 0x7e00.
 *
 * @throws RangeError in `encode` for a number that no float16 is; `roundToFloat16` makes it one
 * @throws FormatError in `decode`, "truncated" unless the bytes are a multiple of 2, "not-canonical" for another NaN
 */
export function float16s(): Codec<Float32Array, Uint8Array> {
  return Object.freeze({
    name: "float16s",
    encode(values: Float32Array) {
      checkFloats("values", values);
      const view = new DataView(new ArrayBuffer(2 * values.length));
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!;
        const half = toFloat16(value);
        if (!Object.is(fromFloat16(half), value)) {
          throw new RangeError(`values[${i}]: expected a number that a float16 holds, got ${value}`);
        }
        view.setUint16(2 * i, half, true);
      }
      return new Uint8Array(view.buffer);
    },
    decode(bytes: Uint8Array) {
      const view = viewOf(bytes, 2);
      return new Float32Array(bytes.length / 2).map((_, i) => {
        const half = view.getUint16(2 * i, true);
        const value = fromFloat16(half);
        if (toFloat16(value) === half) return value;
        throw new FormatError("not-canonical", "a NaN is not 0x7e00", { offset: 2 * i });
      });
    },
  });
}

/** A view of whole elements of so many bytes. @throws FormatError "truncated" */
function viewOf(bytes: Uint8Array, elementBytes: number): DataView {
  checkBytes("bytes", bytes);
  if (bytes.length % elementBytes === 0) return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  throw new FormatError("truncated", `elements of ${elementBytes} bytes expected, got ${bytes.length} bytes`, {
    offset: bytes.length,
  });
}
