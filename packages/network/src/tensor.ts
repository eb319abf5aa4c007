import { elementCount } from "@deep-compression/bits";
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
