import type { LayoutKind, MatrixLayout } from "./sparse-layout";
import { entryList, type Size, type SparseMatrix } from "./sparse-matrix";

/**
 * A sparse matrix by columns, as gaps and codes (the form of EIE, the paper's hardware): what an input feeds stands together, so inputs of
 * zero cost nothing, and many centroids cost no more than few. Its arrays, behind the centroids:
 *
 * - the first entry of each input, and the end;
 * - gap, from the output before or from one before the first, and code: of 8 bits each, or of 16 bits each, the code in the upper half.
 *
 * The code `filler` is that of an entry that is no weight and bridges a gap that is too wide: one more than there are centroids.
 */
export const COLUMNS: LayoutKind = {
  name: "columns of codes",
  lanes: 8,
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
  const { inputs, outputs, inputOf, outputOf, codeOf, centroids } = matrix;
  const filler = centroids.length;
  const bits = isWide(filler) ? 16 : 8;
  const widest = 2 ** bits - 1;
  // A filler bridges a whole gap, so a column has no more of them than gaps fit into it.
  const room = inputOf.length + inputs * Math.floor(outputs / widest);
  const order = countingSort(inputOf, inputs, ascending(outputOf) ? undefined : countingSort(outputOf, outputs));
  const starts = new Uint32Array(inputs + 1);
  const entries = bits === 8 ? new Uint16Array(room) : new Uint32Array(room);
  let at = 0;
  for (let input = 0, i = 0; input < inputs; input++) {
    starts[input] = at;
    let before = -1;
    for (; i < order.length && inputOf[order[i]!] === input; i++) {
      const entry = order[i]!;
      const output = outputOf[entry]!;
      for (; output - before > widest; before += widest) entries[at++] = widest + filler * 2 ** bits;
      entries[at++] = output - before + codeOf[entry]! * 2 ** bits;
      before = output;
    }
  }
  starts[inputs] = at;
  const arrays = [centroids, starts, entries.slice(0, at)];
  return { kind: COLUMNS, arrays, products: inputOf.length, tiles: [], filler };
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
    for (let i = starts[input]!, output = -1; i < starts[input + 1]!; i++) {
      output += entries[i]! & (2 ** bits - 1);
      const code = entries[i]! >>> bits;
      if (code !== filler) list.push(output, input, code);
    }
  }
  return list.matrix();
}
