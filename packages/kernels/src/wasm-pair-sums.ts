import { type PairShape, slabColumns } from "./matrix-kernels";
import { copyBlock, type KernelExports, layOut } from "./wasm-memory";

/** One of the two halves of the sums, some columns of the matrix at a time. */
export function halfPairSums(
  kernels: KernelExports,
  codes: Uint16Array,
  matrix: Float64Array,
  { columns, size, worths }: PairShape,
): Float64Array {
  const width = slabColumns(columns);
  const sizes = [2 * columns, 8 * columns * width, 8 * size * width, 8 * size * size];
  const [own, slab, byCode, sums] = layOut(kernels, sizes) as [number, number, number, number];
  const { buffer } = kernels.memory;
  const found = new Float64Array(buffer, sums, size * size).fill(0);
  const rowCodes = new Uint16Array(buffer, own, columns);
  for (let first = 0; first < columns; first += width) {
    const part = { values: matrix, start: first, stride: columns };
    const last = Math.min(columns, first + width);
    const block = { rows: last, columns: last - first, pitch: width };
    copyBlock(new Float64Array(buffer, slab), part, block);
    for (const [row, worth] of worths.entries()) {
      rowCodes.set(codes.subarray(row * columns, (row + 1) * columns));
      kernels.addPairs(first, last, width, size, own, slab, byCode, worth, sums);
    }
  }
  return found.slice();
}
