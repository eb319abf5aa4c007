import { columnQuads, QUAD, readQuads } from "./column-quads";
import type { LayoutKind, MatrixLayout } from "./sparse-layout";
import { entryList, type Size, type SparseMatrix } from "./sparse-matrix";

/**
 * A sparse matrix by columns: what an input feeds stands together, so inputs of zero cost nothing, and many centroids cost little more than
 * few. Its arrays, behind the centroids:
 *
 * - the first entry of each input, and the end;
 * - entries. Of up to 255 centroids, the most common first, an input has, of 16 bits each: how many quads there are; the quads, which are four
 *   outputs of one code, each times 4, the first with how many codes further on than the quad before, 0 to 3; and the other entries, whole
 *   fours of them: a gap, from the output before or from one before the first, and a code, of 8 bits each. Of more centroids: gaps and codes
 *   of 16 bits each, the form of EIE, the paper's hardware.
 *
 * The code `filler` is that of an entry that is no weight, which bridges a gap that is too wide or fills up four: one more than there are
 * centroids. A quad takes a quarter fewer loads and stores than four other entries, and no more memory.
 */
export const COLUMNS: LayoutKind = {
  name: "columns of codes",
  lanesOfFew: 8,
  scratch: ({ outputs }) => ({ length: outputs, between: outputs }),
  add({ kernels }, { parts, filler }, { room, inputs, x, y, lanes }) {
    const [codebook, starts, entries] = parts.map(({ at }) => room + at) as [number, number, number];
    const wide = isWide(filler);
    if (lanes === 8) kernels.columnsProduct8(starts, inputs, entries, codebook, filler, Number(wide), x, y);
    else (wide ? kernels.columnsProduct32 : kernels.columnsProduct16)(starts, inputs, entries, codebook, filler, x, y);
  },
};

/** Whether entries are of 32 bits. */
function isWide(filler: number): boolean {
  return filler > 255;
}

/** Lays out a matrix by counting sorts. */
export function codedColumns(matrix: SparseMatrix): MatrixLayout {
  const filler = matrix.centroids.length;
  const arrays = isWide(filler) ? wideColumns(matrix) : narrowColumns(commonFirst(matrix));
  return { kind: COLUMNS, arrays, products: matrix.inputOf.length, tiles: [], filler };
}

/** Codes numbered anew: the more entries, the lower. */
function commonFirst(matrix: SparseMatrix): SparseMatrix {
  const counts = new Uint32Array(matrix.centroids.length);
  for (let i = 0; i < matrix.codeOf.length; i++) counts[matrix.codeOf[i]!]!++;
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]!);
  const ranks = new Uint8Array(order.length);
  for (const [rank, code] of order.entries()) ranks[code] = rank;
  const codeOf = new Uint8Array(matrix.codeOf.length);
  for (let i = 0; i < codeOf.length; i++) codeOf[i] = ranks[matrix.codeOf[i]!]!;
  return { ...matrix, codeOf, centroids: Float32Array.from(order, (code) => matrix.centroids[code]!) };
}

/** The layout of entries of 16 bits. */
function narrowColumns(matrix: SparseMatrix): MatrixLayout["arrays"] {
  const { inputs, outputs, inputOf, centroids } = matrix;
  const filler = centroids.length;
  const { firsts, outputOf, codeOf } = byInput(matrix);
  const starts = new Uint32Array(inputs + 1);
  // Besides its entries an input has a count, fillers that bridge a whole gap each, and those that fill up four.
  const entries = new Uint16Array(inputOf.length + inputs * (QUAD + Math.floor(outputs / widest(8))));
  const quads = columnQuads(entries, filler);
  let at = 0;
  for (let input = 0; input < inputs; input++) {
    const [first, end] = [firsts[input]!, firsts[input + 1]!];
    starts[input] = at;
    for (let i = first; i < end; i++) quads.count(outputOf[i]!, codeOf[i]!);
    at = quads.begin(at);
    const others = at;
    for (let i = first, before = -1; i < end; i++) {
      const [output, code] = [outputOf[i]!, codeOf[i]!];
      if (quads.take(output, code)) continue;
      at = writeEntry(entries, at, { gap: output - before, code, bits: 8, filler });
      before = output;
    }
    while ((at - others) % QUAD !== 0) at = writeEntry(entries, at, { gap: 0, code: filler, bits: 8, filler });
  }
  starts[inputs] = at;
  return [centroids, starts, entries.slice(0, at)];
}

/** The layout of entries of 32 bits. */
function wideColumns(matrix: SparseMatrix): MatrixLayout["arrays"] {
  const { inputs, outputs, inputOf, centroids } = matrix;
  const filler = centroids.length;
  const { firsts, outputOf, codeOf } = byInput(matrix);
  const starts = new Uint32Array(inputs + 1);
  const entries = new Uint32Array(inputOf.length + inputs * Math.floor(outputs / widest(16)));
  let at = 0;
  for (let input = 0; input < inputs; input++) {
    starts[input] = at;
    for (let i = firsts[input]!, before = -1; i < firsts[input + 1]!; i++) {
      const [output, code] = [outputOf[i]!, codeOf[i]!];
      at = writeEntry(entries, at, { gap: output - before, code, bits: 16, filler });
      before = output;
    }
  }
  starts[inputs] = at;
  return [centroids, starts, entries.slice(0, at)];
}

/** The entries by input, those of one input by output, and where those of each input begin. */
function byInput({ inputs, outputs, inputOf, outputOf, codeOf }: SparseMatrix) {
  const order = countingSort(inputOf, inputs, ascending(outputOf) ? undefined : countingSort(outputOf, outputs));
  const sorted = { firsts: new Uint32Array(inputs + 1), outputOf: outputOf.slice(), codeOf: codeOf.slice() };
  for (let i = 0; i < order.length; i++) {
    sorted.firsts[inputOf[i]! + 1]!++;
    sorted.outputOf[i] = outputOf[order[i]!]!;
    sorted.codeOf[i] = codeOf[order[i]!]!;
  }
  for (let input = 0; input < inputs; input++) sorted.firsts[input + 1]! += sorted.firsts[input]!;
  return sorted;
}

/** The widest gap of so many bits. */
function widest(bits: number): number {
  return 2 ** bits - 1;
}

/** Writes a gap and a code, with fillers before them for a gap that is too wide, and gives where the next go. */
function writeEntry(
  entries: Uint16Array | Uint32Array,
  at: number,
  { gap, code, bits, filler }: Readonly<Record<"gap" | "code" | "bits" | "filler", number>>,
): number {
  for (; gap > widest(bits); gap -= widest(bits)) entries[at++] = widest(bits) + filler * 2 ** bits;
  entries[at++] = gap + code * 2 ** bits;
  return at;
}

function ascending(keys: Uint32Array): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i]! < keys[i - 1]!) return false;
  return true;
}

/** The entries in the order of their keys, those of one key in the order in which they were. */
function countingSort(keys: Uint32Array, size: number, order?: Uint32Array): Uint32Array {
  const next = new Uint32Array(size + 1);
  for (let i = 0; i < keys.length; i++) next[keys[i]! + 1]!++;
  for (let key = 0; key < size; key++) next[key + 1]! += next[key]!;
  const sorted = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const entry = order === undefined ? i : order[i]!;
    sorted[next[keys[entry]!]!++] = entry;
  }
  return sorted;
}

/** The entries of a matrix that is laid out so. */
export function entriesOfColumns(
  { arrays, filler }: Pick<MatrixLayout, "arrays" | "filler">,
  size: Size,
): SparseMatrix {
  const [centroids, starts, entries] = arrays as [Float32Array, Uint32Array, Uint16Array | Uint32Array];
  const list = entryList({ ...size, centroids }, entries.length);
  const bits = isWide(filler) ? 16 : 8;
  for (let input = 0; input < size.inputs; input++) {
    let [i, output] = [starts[input]!, -1];
    if (entries instanceof Uint16Array) i = readQuads(entries, i, (row, code) => list.push(row, input, code));
    for (; i < starts[input + 1]!; i++) {
      output += entries[i]! & widest(bits);
      const code = entries[i]! >>> bits;
      if (code !== filler) list.push(output, input, code);
    }
  }
  return list.matrix();
}
