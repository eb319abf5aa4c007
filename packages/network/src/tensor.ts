import { type ElementType, elementBytes, elementTypes } from "./element-types";

/** Numbers of one type, row-major (the last dimension runs fastest), little-endian. */
export interface Tensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Number of elements of a shape; 1 for the empty shape of a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks that a tensor has a known type, a shape of sizes and exactly the bytes they ask for.
 * @throws TypeError for an unknown element type, RangeError otherwise; both name the tensor.
 */
export function assertTensor(tensor: Tensor): void {
  const { name, type, shape, bytes } = tensor;
  if (!Object.hasOwn(elementTypes, type)) throw new TypeError(`tensor "${name}": unknown element type "${type}"`);
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new RangeError(`tensor "${name}": shape [${shape}] expected whole sizes of at least 0, got ${size}`);
    }
  }
  const count = elementCount(shape);
  if (!Number.isSafeInteger(count)) throw new RangeError(`tensor "${name}": shape [${shape}] has too many elements`);
  const expected = elementBytes(type, count);
  if (bytes.byteLength !== expected) {
    throw new RangeError(`tensor "${name}": ${type} [${shape}] expected ${expected} bytes, got ${bytes.byteLength}`);
  }
}

/**
 * A float32 tensor over the same memory as `values` (nothing is copied).
 * @throws RangeError naming the tensor if `values` does not fill `shape`.
 */
export function floatTensor(name: string, shape: readonly number[], values: Float32Array): Tensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const tensor: Tensor = { name, type: "float32", shape, bytes };
  assertTensor(tensor);
  return tensor;
}

/**
 * The values of a float32 tensor: a view of its bytes, or a copy if they are not aligned to four bytes.
 * @throws TypeError if the tensor is of another type, RangeError if its bytes do not match its shape.
 */
export function floatValues(tensor: Tensor): Float32Array {
  if (tensor.type !== "float32") {
    throw new TypeError(`tensor "${tensor.name}": expected float32, got ${tensor.type}`);
  }
  assertTensor(tensor);
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  if (byteOffset % 4 === 0) return new Float32Array(buffer, byteOffset, byteLength / 4);
  // Not slice: that of a Node Buffer does not copy.
  return new Float32Array(new Uint8Array(tensor.bytes).buffer);
}
