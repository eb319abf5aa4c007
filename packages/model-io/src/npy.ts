import { elementCount, FormatError } from "@deep-compression/bits";
import { assertTensor, elementBytes, type Tensor } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { assertFileLength, swapped } from "./file-bytes";
import { DESCRIPTORS, parseNpyHeader } from "./npy-header";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longest header read: numpy's own limit (`max_header_size` of `numpy.load`). */
export const MAX_NPY_HEADER = 10_000;

/**
 * Reads a `.npy` file (NEP 1, versions 1.0 to 3.0) of numbers. Big-endian numbers become little-endian, Fortran order
 * row-major.
 *
 * @throws FormatError with the offset of what is wrong; "unsupported" for arrays of anything but these numbers
 */
export function readNpy(bytes: Uint8Array, options: { readonly name?: string } = {}): Tensor {
  const { name = "" } = options;
  const { text, headerAt, start } = readHeader(bytes);
  const { type, shape, isBigEndian, isFortran } = parseNpyHeader(text, headerAt);
  const expected = start + elementBytes(type, elementCount(shape));
  assertFileLength(`${type} ${shapeText(shape)}`, { expected, actual: bytes.length });
  const component = elementBytes(type, 1) / (type.startsWith("complex") ? 2 : 1);
  const data = isBigEndian ? swapped(bytes.subarray(start), component) : new Uint8Array(bytes.subarray(start));
  const rowMajor = isFortran ? fromFortranOrder(data, shape, elementBytes(type, 1)) : data;
  return { name, type, shape, bytes: rowMajor };
}

/**
 * Writes a tensor as a `.npy` file of version 1.0, its data aligned to 64 bytes as numpy writes it.
 *
 * @throws RangeError for an element type that numpy has not, or a tensor whose bytes do not fill its shape
 */
export function writeNpy(tensor: Tensor): Uint8Array {
  assertTensor(tensor);
  const { type, shape } = tensor;
  const descriptor = DESCRIPTORS.get(type);
  if (!descriptor) throw new RangeError(`tensor ${quoted(tensor.name)}: npy has no type for ${type}`);
  const order = elementBytes(type, 1) === 1 ? "|" : "<";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${descriptor}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const file = new Uint8Array(start + tensor.bytes.length);
  file.set([...MAGIC, 1, 0, (start - 10) & 0xff, (start - 10) >> 8]);
  file.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  file.set(tensor.bytes, start);
  return file;
}

/** The dictionary of the header, where it begins, and where the data begin. */
function readHeader(bytes: Uint8Array): { readonly text: string; readonly headerAt: number; readonly start: number } {
  const at = MAGIC.findIndex((byte, index) => index < bytes.length && bytes[index] !== byte);
  if (at >= 0) throw new FormatError("bad-magic", "a npy file begins with \\x93NUMPY", { offset: at });
  const [version = 0, minor = 0] = bytes.subarray(6);
  const headerAt = version === 1 ? 10 : 12;
  if (bytes.length < headerAt)
    throw new FormatError("truncated", "a npy file ends in its head", { offset: bytes.length });
  if (version < 1 || version > 3 || minor !== 0) {
    throw new FormatError("unsupported-version", `npy version ${version}.${minor}`, { offset: 6 });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerAt);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_NPY_HEADER) {
    const message = `a npy header of ${length} bytes, at most ${MAX_NPY_HEADER}`;
    throw new FormatError("limit-exceeded", message, { offset: 8 });
  }
  const start = headerAt + length;
  if (bytes.length < start)
    throw new FormatError("truncated", "a npy file ends in its header", { offset: bytes.length });
  return { text: new TextDecoder().decode(bytes.subarray(headerAt, start)), headerAt, start };
}

/** In Fortran order the first dimension runs fastest; in ours, the last. */
function fromFortranOrder(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  const index = new Array<number>(shape.length).fill(0);
  const strides: number[] = [];
  for (let axis = 0, stride = 1; axis < shape.length; stride *= shape[axis++]!) strides.push(stride);
  for (let target = 0; target < bytes.length; target += size) {
    const source = index.reduce((sum, position, axis) => sum + position * strides[axis]!, 0) * size;
    result.set(bytes.subarray(source, source + size), target);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}
