import { elementCount, FormatError } from "@deep-compression/bits";
import { type ElementType, elementBytes, type Tensor } from "@deep-compression/network";
import { assertFileLength } from "./file-length";
import { swapped } from "./plain-bytes";

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

/**
 * Reads an IDX file, not compressed: two zero bytes, a type, a rank, big-endian sizes and numbers.
 *
 * @throws FormatError with the offset of what is wrong
 */
export function readIdx(bytes: Uint8Array, options: { readonly name?: string } = {}): Tensor {
  const { name = "" } = options;
  if (bytes.length < 4)
    throw new FormatError("truncated", `an IDX file of ${bytes.length} bytes`, { offset: bytes.length });
  if (bytes[0] !== 0 || bytes[1] !== 0) {
    const hint = bytes[0] === 0x1f && bytes[1] === 0x8b ? " (it is gzipped: decompress it first)" : "";
    throw new FormatError("bad-magic", `an IDX file begins with two zero bytes${hint}`, { offset: 0 });
  }
  const type = TYPE_OF_BYTE.get(bytes[2]);
  if (!type) throw new FormatError("out-of-range", `an IDX file of unknown type ${bytes[2]}`, { offset: 2 });
  const start = 4 + 4 * bytes[3];
  if (bytes.length < start)
    throw new FormatError("truncated", "an IDX file ends in its sizes", { offset: bytes.length });
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  assertFileLength(`${type} [${shape}]`, {
    expected: start + elementBytes(type, elementCount(shape)),
    actual: bytes.length,
  });
  return { name, type, shape, bytes: swapped(bytes.subarray(start), elementBytes(type, 1)) };
}

/** Reads an IDX file of images, such as MNIST's. @throws FormatError also if it holds anything but bytes of rank 3 */
export function readIdxImages(bytes: Uint8Array): Images {
  const { type, shape, bytes: pixels } = readIdx(bytes);
  if (type !== "uint8" || shape.length !== 3) {
    const message = `images are uint8 of rank 3, got ${type} of rank ${shape.length}`;
    throw new FormatError("bad-magic", message, { offset: 2 });
  }
  const [count, rows, columns] = shape;
  return { count, rows, columns, pixels };
}

/** Reads an IDX file of labels, one byte each. @throws FormatError also if it holds anything but bytes of rank 1 */
export function readIdxLabels(bytes: Uint8Array): Uint8Array {
  const { type, shape, bytes: labels } = readIdx(bytes);
  if (type !== "uint8" || shape.length !== 1) {
    const message = `labels are uint8 of rank 1, got ${type} of rank ${shape.length}`;
    throw new FormatError("bad-magic", message, { offset: 2 });
  }
  return labels;
}
