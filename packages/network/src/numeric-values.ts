import { elementCount, fromFloat16 } from "@deep-compression/bits";
import type { ElementType } from "./element-types";
import { floatValues, type Tensor } from "./tensor";

/** Reads element `i`, packed little-endian; float32 and bfloat16 are taken whole. */
const ELEMENT_READERS: Partial<Record<ElementType, (view: DataView, i: number) => number>> = {
  bool: (view, i) => view.getUint8(i),
  uint4: (view, i) => (view.getUint8(i >>> 1) >> (4 * (i & 1))) & 15,
  int4: (view, i) => (view.getUint8(i >>> 1) << (28 - 4 * (i & 1))) >> 28,
  uint8: (view, i) => view.getUint8(i),
  int8: (view, i) => view.getInt8(i),
  uint16: (view, i) => view.getUint16(2 * i, true),
  int16: (view, i) => view.getInt16(2 * i, true),
  uint32: (view, i) => view.getUint32(4 * i, true),
  int32: (view, i) => view.getInt32(4 * i, true),
  uint64: (view, i) => Number(view.getBigUint64(8 * i, true)),
  int64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  float16: (view, i) => fromFloat16(view.getUint16(2 * i, true)),
  float64: (view, i) => view.getFloat64(8 * i, true),
};

/**
 * The elements of a tensor as float32, row-major: of bool, of integers of any width and of floats of 16, 32 and 64 bits.
 * Those of up to 16 bits are exact, wider ones rounded.
 *
 * @throws TypeError for floats of 8 and 4 bits and complex numbers
 */
export function numericValues(tensor: Tensor): Float32Array {
  const { name, type, shape, bytes } = tensor;
  if (type === "float32") return floatValues(tensor); // not number by number, which may change the bits of a NaN
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = elementCount(shape);
  if (type === "bfloat16") {
    // The upper half of a float32.
    return new Float32Array(Uint32Array.from({ length }, (_, i) => view.getUint16(2 * i, true) << 16).buffer);
  }
  const read = ELEMENT_READERS[type];
  if (read !== undefined) return Float32Array.from({ length }, (_, i) => read(view, i));
  throw new TypeError(`tensor "${name}": expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`);
}
