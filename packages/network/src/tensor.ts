import { elementCount, fromFloat16 } from "@deep-compression/bits";
import { checkBytes, checkList, checkObject, describeValue, quoted, shapeText } from "@deep-compression/runtime";
import { ELEMENT_TYPES, type ElementType, elementBytes } from "./element-types";

/** Numbers of one type, row-major (the last dimension runs fastest), little-endian. */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * Bytes that a tensor takes by its type and shape.
 *
 * @throws TypeError for a tensor without a name, of no known type or without a shape, RangeError for a shape that is none;
 * both name the tensor
 */
export function tensorBytes(tensor: Omit<Tensor, "bytes">): number {
  const { name, type, shape } = checkObject("tensor", tensor);
  if (typeof name !== "string") throw new TypeError(`tensor: name: expected a string, got ${describeValue(name)}`);
  if (!Object.hasOwn(ELEMENT_TYPES, type))
    throw new TypeError(`tensor ${quoted(name)}: unknown element type ${describeValue(type)}`);
  for (const size of checkList(`tensor ${quoted(name)}: shape`, shape)) {
    if (!Number.isSafeInteger(size) || size < 0) {
      const got = describeValue(size);
      throw new RangeError(
        `tensor ${quoted(name)}: shape ${shapeText(shape)} expected whole sizes of at least 0, got ${got}`,
      );
    }
  }
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count))
    throw new RangeError(`tensor ${quoted(name)}: shape ${shapeText(shape)} has too many elements`);
  return elementBytes(type, count);
}

/**
 * Checks that a tensor has a name, a known type, a shape of sizes and exactly the bytes they ask for.
 *
 * @throws TypeError, RangeError as {@link tensorBytes}, and for bytes that are none or not as many
 */
export function assertTensor(tensor: Tensor): void {
  const expected = tensorBytes(tensor);
  const { name, type, shape, bytes } = tensor;
  const { length } = checkBytes(`tensor ${quoted(name)}: bytes`, bytes);
  if (length === expected) return;
  throw new RangeError(`tensor ${quoted(name)}: ${type} ${shapeText(shape)} expected ${expected} bytes, got ${length}`);
}

/** A float32 tensor over the memory of `values`. @throws RangeError naming it if they do not fill `shape` */
export function floatTensor(name: string, shape: readonly number[], values: Float32Array): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensor: Tensor = { name, type: "float32", shape, bytes };
  assertTensor(tensor);
  return tensor;
}

/**
 * The values of a float32 tensor: a view of its bytes, or a copy if they are not aligned to four bytes.
 *
 * @throws TypeError if the tensor is of another type, RangeError if its bytes do not match its shape
 */
export function floatValues(tensor: Tensor): Float32Array {
  if (tensor.type !== "float32") {
    throw new TypeError(`tensor ${quoted(tensor.name)}: expected float32, got ${tensor.type}`);
  }
  assertTensor(tensor);
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength / 4);
  // Not slice: that of a Node Buffer does not copy.
  return new Float32Array(new Uint8Array(tensor.bytes).buffer);
}

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
  throw new TypeError(`tensor ${quoted(name)}: expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`);
}
