import { readQuads } from "./column-quads";
import type { Heap } from "./heap";
import { plainLanes } from "./plain-lanes";
import { plainSparseConvolution } from "./plain-sparse-convolution";
import type { SparseKernels } from "./sparse-kernels";

/** The products of sparse matrices in TypeScript. */
export function plainSparseKernels(heap: Heap): SparseKernels {
  const grouped =
    (lanes: number): SparseKernels["groupedProduct8"] =>
    (runs, runCount, offsets, groups, codebook, x, y) =>
      groupedLanes(heap.buffer, { runs, runCount, offsets, groups, codebook, x, y, lanes });
  const columns =
    (lanes: number, wide: number): SparseKernels["columnsProduct16"] =>
    (starts, inputs, entries, codebook, filler, x, y) =>
      columnsLanes(heap.buffer, { starts, inputs, entries, codebook, filler, wide, x, y, lanes });
  return {
    ...plainLanes(heap),
    ...plainSparseConvolution(heap),
    groupedProduct: (runs, runCount, offsets, groups, codebook, x, _, y) =>
      groupedSingle(heap.buffer, { runs, runCount, offsets, groups, codebook, x, y, lanes: 1 }),
    groupedProduct4: grouped(4),
    groupedProduct8: grouped(8),
    columnsProduct16: columns(1, 0),
    columnsProduct32: columns(1, 1),
    columnsProduct8: (starts, inputs, entries, codebook, filler, wide, x, y) =>
      columnsLanes(heap.buffer, { starts, inputs, entries, codebook, filler, wide, x, y, lanes: 8 }),
  };
}

type Addresses<Names extends string> = Readonly<Record<Names, number>>;
type Grouped = Addresses<"runs" | "runCount" | "offsets" | "groups" | "codebook" | "x" | "y" | "lanes">;

function groupedSingle(buffer: ArrayBufferLike, { runs, runCount, ...at }: Grouped): void {
  const [floats, words, halves] = [new Float32Array(buffer), new Uint32Array(buffer), new Uint16Array(buffer)];
  const [x, y, codebook] = [at.x / 4, at.y / 4, at.codebook / 4];
  let [offset, group] = [at.offsets / 2, at.groups / 4];
  const addTo = (word: number, sum: number) => {
    floats[y + (word & 0xffff)]! += floats[codebook + (word >>> 16)]! * sum;
  };
  for (let run = runs / 4; run < runs / 4 + 2 * runCount; run += 2) {
    const length = 4 * words[run]!;
    for (let quads = words[run + 1]!; quads > 0; quads--, group += 4) {
      let [a, b, c, d] = [0, 0, 0, 0];
      for (const last = offset + length; offset < last; offset += 4) {
        a += floats[x + (halves[offset]! >> 2)]!;
        b += floats[x + (halves[offset + 1]! >> 2)]!;
        c += floats[x + (halves[offset + 2]! >> 2)]!;
        d += floats[x + (halves[offset + 3]! >> 2)]!;
      }
      addTo(words[group]!, a);
      addTo(words[group + 1]!, b);
      addTo(words[group + 2]!, c);
      addTo(words[group + 3]!, d);
    }
  }
}

function groupedLanes(buffer: ArrayBufferLike, { runs, runCount, lanes, ...at }: Grouped): void {
  const [floats, words, halves] = [new Float32Array(buffer), new Uint32Array(buffer), new Uint16Array(buffer)];
  const [x, y, codebook] = [at.x / 4, at.y / 4, at.codebook / 4];
  const sums = new Float64Array(lanes);
  let [offset, group] = [at.offsets / 2, at.groups / 4];
  for (let run = runs / 4; run < runs / 4 + 2 * runCount; run += 2) {
    const length = 4 * words[run]!;
    for (let quads = words[run + 1]!; quads > 0; quads--, offset += length) {
      for (let side = 0; side < 4; side++, group++) {
        sums.fill(0);
        for (let i = offset + side; i < offset + length; i += 4) {
          const from = x + (halves[i]! >> 2) * lanes;
          for (let lane = 0; lane < lanes; lane++) sums[lane]! += floats[from + lane]!;
        }
        const factor = floats[codebook + (words[group]! >>> 16)]!;
        const to = y + (words[group]! & 0xffff) * lanes;
        for (let lane = 0; lane < lanes; lane++) floats[to + lane]! += factor * sums[lane]!;
      }
    }
  }
}

type Columns = Addresses<"starts" | "inputs" | "entries" | "codebook" | "filler" | "wide" | "x" | "y" | "lanes">;

function columnsLanes(buffer: ArrayBufferLike, { inputs, filler, wide, lanes, ...at }: Columns): void {
  const [floats, words] = [new Float32Array(buffer), new Uint32Array(buffer)];
  const [entries, bits] = wide === 0 ? [new Uint16Array(buffer), 8] : [words, 16];
  const [x, y, codebook, starts] = [at.x / 4, at.y / 4, at.codebook / 4, at.starts / 4];
  const first = at.entries / entries.BYTES_PER_ELEMENT;
  const mask = 2 ** bits - 1;
  for (let input = 0; input < inputs; input++) {
    const from = x + input * lanes;
    if (floats.subarray(from, from + lanes).every((value) => value === 0)) continue;
    const addTo = (output: number, code: number) => {
      const [to, factor] = [y + output * lanes, floats[codebook + code]!];
      for (let lane = 0; lane < lanes; lane++) floats[to + lane]! += factor * floats[from + lane]!;
    };
    let [i, output] = [first + words[starts + input]!, -1];
    if (entries instanceof Uint16Array) i = readQuads(entries, i, addTo);
    for (const last = first + words[starts + input + 1]!; i < last; i++) {
      output += entries[i]! & mask;
      const code = entries[i]! >>> bits;
      if (code !== filler) addTo(output, code);
    }
  }
}
