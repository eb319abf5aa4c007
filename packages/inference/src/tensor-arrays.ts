import { elementCount, toFloat16 } from "@deep-compression/bits";
import { type ElementType, elementReader, type Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { arrayOf, isBigArray } from "./element-arrays";
import type { ShapedArray } from "./run-arguments";

/** The elements of a tensor as `run` takes them. @throws TypeError for complex numbers and floats of 8 and 4 bits */
export function arrayOfTensor({ type, shape, bytes }: Omit<Tensor, "name">): ShapedArray {
  const Elements = arrayOf(type);
  const size = elementCount(shape);
  const buffer = new ArrayBuffer(size * Elements.BYTES_PER_ELEMENT);
  const data = new Elements(buffer, 0, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Bits of an int64 are those of an uint64 that wraps.
  if (isBigArray(data)) for (let i = 0; i < size; i++) data[i] = view.getBigInt64(8 * i, true);
  else if (type === "float32")
    new Uint8Array(buffer).set(bytes); // bit for bit, also a NaN
  else {
    const read = elementReader(type);
    for (let i = 0; i < size; i++) data[i] = read(view, i);
  }
  return { type, shape, data };
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
