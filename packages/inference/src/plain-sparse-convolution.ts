import type { Heap } from "./heap";
import type { SparseKernels } from "./sparse-kernels";

/** Convolutions with sparse filters in TypeScript. */
export function plainSparseConvolution(heap: Heap): Pick<SparseKernels, "convolve32" | "convolve8"> {
  const convolve =
    (cells: number): SparseKernels["convolve32"] =>
    (lines, count, entries, taps, codebook, x, y, stride) => {
      const [floats, words] = [new Float32Array(heap.buffer), new Uint32Array(heap.buffer)];
      const sums = new Float64Array(cells);
      let entry = entries / 4;
      for (let line = lines / 4; line < lines / 4 + 2 * count; line += 2) {
        const to = (y + words[line]! * stride) / 4;
        sums.set(floats.subarray(to, to + cells));
        for (const last = entry + words[line + 1]!; entry < last; entry++) {
          const tap = taps / 4 + 2 * (words[entry]! & 0xffff);
          const weight = Math.fround(floats[codebook / 4 + (words[entry]! >>> 16)]! * floats[tap + 1]!);
          const from = (x + words[tap]!) / 4;
          for (let cell = 0; cell < cells; cell++) sums[cell]! += weight * floats[from + cell]!;
        }
        floats.set(sums, to);
      }
    };
  return { convolve32: convolve(32), convolve8: convolve(8) };
}
