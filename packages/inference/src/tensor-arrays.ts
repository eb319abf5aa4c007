import { elementCount, toFloat16 } from "@deep-compression/bits";
import type { ElementType, Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { arrayOf } from "./element-arrays";
import { widenedHalves } from "./halves";
import type { ShapedArray } from "./run-arguments";

/** The elements of a tensor as `run` takes them. @throws TypeError for complex numbers and floats of 8 and 4 bits */
export function arrayOfTensor({ type, shape, bytes }: Omit<Tensor, "name">): ShapedArray {
  const Elements = arrayOf(type);
  const size = elementCount(shape);
  const { buffer } = new Uint8Array(bytes); // where elements of all sizes can begin
  if (type === "float16" || type === "bfloat16")
    return { type, shape, data: widenedHalves(type, new Uint16Array(buffer, 0, size)) };
  if (type === "int4" || type === "uint4") {
    const data = new Elements(new ArrayBuffer(size), 0, size);
    // Two a byte, the first in its low half; the array of an int4 keeps the sign that is shifted down.
    for (let i = 0; i < size; i++) {
      const high = bytes[i >>> 1]! << (28 - 4 * (i & 1));
      data[i] = type === "int4" ? high >> 28 : high >>> 28;
    }
    return { type, shape, data };
  }
  return { type, shape, data: new Elements(buffer, 0, size) };
}

/** The elements of a value of floats of 16 or 32 bits. @throws TypeError for another type */
export function floatData({ type, data }: ShapedArray): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError(`expected a value of floats, got ${type ?? data.constructor.name}`);
}

/** What `run` gives as a tensor. @throws TypeError for integers of 4 bits */
export function tensorOfArray(name: string, { type = "float32", shape, data }: ShapedArray): Tensor {
  return { name, type, shape, bytes: elementBytesOf(name, type, data) };
}

function elementBytesOf(name: string, type: ElementType, data: ShapedArray["data"]): Uint8Array {
  if (type === "int4" || type === "uint4") throw new TypeError(`value ${quoted(name)}: ${type} is not given out`);
  if (type === "float16") return new Uint8Array(Uint16Array.from(data as Float32Array, toFloat16).buffer);
  if (type === "bfloat16") {
    const bits = new Uint32Array((data as Float32Array).slice().buffer);
    return new Uint8Array(Uint16Array.from(bits, (word) => word >>> 16).buffer);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
