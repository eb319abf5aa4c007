import type { MatrixPart } from "./matrix-part";

/** What assembly/kernels.ts exports. Addresses, sizes and strides are in bytes. */
export interface KernelExports extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly sumColumns: (rows: number, columns: number, x: number, sums: number, largest: number) => void;
  readonly centre: (rows: number, columns: number, x: number, means: number, scales: number) => void;
  readonly packLeftColumns: (columns: number, depth: number, x: number, panels: number) => void;
  readonly packRightColumns: (columns: number, depth: number, x: number, panels: number) => void;
  readonly addFloats: (rows: number, columns: number, depth: number, ...addresses: number[]) => void;
  readonly packLeft: (rows: number, depth: number, a: number, stride: number, negate: number, panels: number) => void;
  readonly packRight: (columns: number, depth: number, b: number, ...rest: number[]) => void;
  readonly addPairs: (first: number, last: number, width: number, size: number, ...rest: number[]) => void;
  readonly addDoubles: (rows: number, columns: number, depth: number, ...addresses: number[]) => void;
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

/** Copies a block of a matrix into a buffer, its rows `pitch` elements apart. */
export function copyBlock<Values extends Float32Array | Float64Array>(
  buffer: Values,
  part: { readonly values: Values; readonly start: number; readonly stride: number },
  { rows, columns, pitch }: { readonly rows: number; readonly columns: number; readonly pitch: number },
): void {
  const { values, start, stride } = part;
  if (stride === columns && pitch === columns) {
    buffer.set(values.subarray(start, start + rows * columns));
    return;
  }
  for (let row = 0, from = start; row < rows; row++, from += stride) {
    buffer.set(values.subarray(from, from + columns), row * pitch);
  }
}

/** Copies a block back from a buffer. */
export function copyBack(
  { values, start, stride }: MatrixPart,
  buffer: Float64Array,
  { rows, columns, pitch }: { readonly rows: number; readonly columns: number; readonly pitch: number },
): void {
  for (let row = 0, to = start; row < rows; row++, to += stride) {
    values.set(buffer.subarray(row * pitch, row * pitch + columns), to);
  }
}
