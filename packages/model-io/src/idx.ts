import { elementCount, FormatError } from "@deep-compression/bits";
import { type ElementType, elementBytes, type Tensor } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { assertFileLength, swapped } from "./file-bytes";

/** The third byte of an IDX file (the MNIST web page, "the IDX file format"). */
const TYPE_OF_BYTE: ReadonlyMap<number, ElementType> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/** `count` images of `rows` x `columns` pixels of 0..255, one after the other, each row-major. */
export interface Images {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly pixels: Uint8Array;
}

/** Reads an IDX file, not compressed, of numbers of any type. @throws FormatError with the offset of what is wrong */
export function readIdx(bytes: Uint8Array, options: { readonly name?: string } = {}): Tensor {
  const { name = "" } = options;
  if (bytes.length < 4)
    throw new FormatError("truncated", `an IDX file of ${bytes.length} bytes`, { offset: bytes.length });
  const [first, second, code = 0, rank = 0] = bytes;
  if (first !== 0 || second !== 0) {
    const hint = first === 0x1f && second === 0x8b ? " (it is gzipped: decompress it first)" : "";
    throw new FormatError("bad-magic", `an IDX file begins with two zero bytes${hint}`, { offset: 0 });
  }
  const type = TYPE_OF_BYTE.get(code);
  if (!type) throw new FormatError("out-of-range", `an IDX file of unknown type ${code}`, { offset: 2 });
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw new FormatError("truncated", "an IDX file ends in its sizes", { offset: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = start + elementBytes(type, elementCount(shape));
  assertFileLength(`${type} ${shapeText(shape)}`, { expected, actual: bytes.length });
  return { name, type, shape, bytes: swapped(bytes.subarray(start), elementBytes(type, 1)) };
}

/** Reads an IDX file of images, such as MNIST's. @throws FormatError also if it holds anything but bytes of rank 3 */
export function readIdxImages(bytes: Uint8Array): Images {
  const { shape, bytes: pixels } = readBytes(bytes, "images", 3);
  const [count = 0, rows = 0, columns = 0] = shape;
  return { count, rows, columns, pixels };
}

/** Reads an IDX file of labels, one byte each. @throws FormatError also if it holds anything but bytes of rank 1 */
export function readIdxLabels(bytes: Uint8Array): Uint8Array {
  return readBytes(bytes, "labels", 1).bytes;
}

function readBytes(bytes: Uint8Array, what: string, rank: number): Tensor {
  const tensor = readIdx(bytes);
  const { type, shape } = tensor;
  if (type === "uint8" && shape.length === rank) return tensor;
  const message = `${what} are uint8 of rank ${rank}, got ${type} of rank ${shape.length}`;
  throw new FormatError("bad-magic", message, { offset: 2 });
}
