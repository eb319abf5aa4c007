import type { Heap } from "./heap";
import type { SparseKernels } from "./sparse-kernels";

/** Convolutions with sparse filters in TypeScript. */
export function plainSparseConvolution(heap: Heap): Pick<SparseKernels, "convolve48" | "convolve16" | "expandEntries"> {
  const arrays = () => [new Float32Array(heap.buffer), new Uint32Array(heap.buffer)] as const;
  const convolve =
    (cells: number): SparseKernels["convolve48"] =>
    (lines, count, weights, x, y, stride) => {
      const [floats, words] = arrays();
      const sums = new Float64Array(cells);
      let entry = weights / 4;
      for (let line = lines / 4; line < lines / 4 + 2 * count; line += 2) {
        const to = (y + words[line]! * stride) / 4;
        sums.set(floats.subarray(to, to + cells));
        for (const last = entry + 2 * words[line + 1]!; entry < last; entry += 2) {
          const from = (x + words[entry]!) / 4;
          const weight = floats[entry + 1]!;
          for (let cell = 0; cell < cells; cell++) sums[cell]! += weight * floats[from + cell]!;
        }
        floats.set(sums, to);
      }
    };
  return {
    expandEntries(entries, count, taps, codebook, target) {
      const [floats, words] = arrays();
      for (let entry = entries / 4, to = target / 4; entry < entries / 4 + count; entry++, to += 2) {
        const tap = taps / 4 + 2 * (words[entry]! & 0xffff);
        words[to] = words[tap]!;
        floats[to + 1] = floats[codebook / 4 + (words[entry]! >>> 16)]! * floats[tap + 1]!;
      }
    },
    convolve48: convolve(48),
    convolve16: convolve(16),
  };
}
