import type { MatrixPart, MatrixValues } from "./matrix-part";

/** `change`: 1 if the left operand is negated, or the right one is transposed. */
type PackKernel = (lines: number, depth: number, from: number, stride: number, change: number, panels: number) => void;
type ProductKernel = (
  rows: number,
  columns: number,
  depth: number,
  a: number,
  b: number,
  c: number,
  stride: number,
) => void;

/** What assembly/kernels.ts exports. Addresses, sizes and strides are in bytes. */
export interface KernelExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly sumColumns: (rows: number, columns: number, x: number, sums: number, largest: number) => void;
  readonly centre: (rows: number, columns: number, x: number, means: number, scales: number) => void;
  readonly packLeftColumns: (columns: number, depth: number, x: number, panels: number) => void;
  readonly packRightColumns: (columns: number, depth: number, x: number, panels: number) => void;
  readonly addPanels: (rows: number, columns: number, depth: number, ...addresses: number[]) => void;
  readonly packLeftFloats: PackKernel;
  readonly packRightFloats: PackKernel;
  readonly addFloats: ProductKernel;
  readonly packLeftDoubles: PackKernel;
  readonly packRightDoubles: PackKernel;
  readonly addDoubles: ProductKernel;
  readonly addPairs: (first: number, last: number, width: number, size: number, ...rest: number[]) => void;
}

const PAGE = 2 ** 16;

/** Addresses of so many bytes each, one behind the other, in a memory that is grown until they fit. */
export function layOut({ memory, heapBase }: KernelExports, sizes: readonly number[]): number[] {
  let end = Math.ceil(heapBase() / 16) * 16;
  const addresses = sizes.map((size) => {
    const address = end;
    end += Math.ceil(size / 16) * 16;
    return address;
  });
  const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
  if (missing > 0) memory.grow(missing);
  return addresses;
}

interface BlockSize {
  readonly rows: number;
  readonly columns: number;
  /** Elements from one row to the next in the buffer. */
  readonly pitch: number;
}

/** Copies a block of a matrix into a buffer. */
export function copyBlock<Values extends MatrixValues>(
  buffer: Values,
  { values, start, stride }: MatrixPart<Values>,
  { rows, columns, pitch }: BlockSize,
): void {
  if (stride === columns && pitch === columns) {
    buffer.set(values.subarray(start, start + rows * columns));
    return;
  }
  for (let row = 0, from = start; row < rows; row++, from += stride) {
    buffer.set(values.subarray(from, from + columns), row * pitch);
  }
}

/** Copies a block back from a buffer. */
export function copyBack<Values extends MatrixValues>(
  { values, start, stride }: MatrixPart<Values>,
  buffer: Values,
  { rows, columns, pitch }: BlockSize,
): void {
  for (let row = 0, to = start; row < rows; row++, to += stride) {
    values.set(buffer.subarray(row * pitch, row * pitch + columns), to);
  }
}
