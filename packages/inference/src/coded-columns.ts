import { entryList, type Size, type SparseMatrix } from "./sparse-matrix";

/**
 * A sparse matrix by columns, as gaps and codes (the form of EIE, the paper's hardware): what an input feeds stands together, so inputs of
 * zero cost nothing, and many centroids cost no more than few.
 */
export interface CodedColumns {
  readonly kind: "columns";
  /** The first entry of each input, and the end. */
  readonly starts: Uint32Array;
  /**
   * Gap, from the output before or from one before the first, and code: of 8 bits each, or of 16 bits each, the code in the upper half.
   */
  readonly entries: Uint16Array | Uint32Array;
  readonly centroids: Float32Array;
  /** The code of an entry that is no weight and bridges a gap that is too wide: one more than there are centroids. */
  readonly filler: number;
}

/** Lays out a matrix by counting sorts. */
export function codedColumns(matrix: SparseMatrix): CodedColumns {
  const { inputs, outputs, inputOf, outputOf, codeOf, centroids } = matrix;
  const filler = centroids.length;
  const bits = filler < 256 ? 8 : 16;
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
  return { kind: "columns", starts, entries: entries.slice(0, at), centroids, filler };
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
export function entriesOfColumns({ starts, entries, centroids, filler }: CodedColumns, size: Size): SparseMatrix {
  const list = entryList({ ...size, centroids }, entries.length);
  const bits = entries instanceof Uint16Array ? 8 : 16;
  for (let input = 0; input < size.inputs; input++) {
    for (let i = starts[input]!, output = -1; i < starts[input + 1]!; i++) {
      output += entries[i]! & (2 ** bits - 1);
      const code = entries[i]! >>> bits;
      if (code !== filler) list.push(output, input, code);
    }
  }
  return list.matrix();
}
