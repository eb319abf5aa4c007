import { allocateCodes, type Codes, elementCount } from "@deep-compression/bits";
import type { CodedWeight } from "@deep-compression/tensor-codec";
import { entriesOf } from "./weight-source";

/** The weights of a matrix that are not zero, one an entry, in any order. Weights of exactly zero add nothing, whatever they meet. */
export interface SparseMatrix {
  readonly outputs: number;
  readonly inputs: number;
  /** What each entry connects. */
  readonly outputOf: Uint32Array;
  readonly inputOf: Uint32Array;
  /** The index of its centroid. */
  readonly codeOf: Codes;
  /** Those that entries have; none is 0. */
  readonly centroids: Float32Array;
  /** What the sum of each output is multiplied by. */
  readonly outputScales?: Float32Array;
  /** What each input is multiplied by before it is read. */
  readonly inputScales?: Float32Array;
}

export type Size = Pick<SparseMatrix, "outputs" | "inputs">;

/** Entries one after the other, at most `room` of them. */
export function entryList(size: Size & Pick<SparseMatrix, "centroids">, room: number) {
  const outputOf = new Uint32Array(room);
  const inputOf = new Uint32Array(room);
  const codeOf = allocateCodes(Math.max(1, size.centroids.length), room);
  let count = 0;
  return {
    push(output: number, input: number, code: number): void {
      outputOf[count] = output;
      inputOf[count] = input;
      codeOf[count++] = code;
    },
    matrix: (): SparseMatrix => ({
      ...size,
      outputOf: outputOf.subarray(0, count),
      inputOf: inputOf.subarray(0, count),
      codeOf: codeOf.subarray(0, count),
    }),
  };
}

/** A weight in codes whose rows, of `columns` elements each, are outputs or inputs. */
export interface StoredMatrix {
  readonly name: string;
  readonly shape: readonly number[];
  readonly stored: CodedWeight;
  readonly columns: number;
  readonly outputs: "rows" | "columns";
}

/** The entries of a stored weight; the dense matrix is never built. @throws as `entriesOf` */
export function sparseMatrix({ name, shape, stored, columns, outputs }: StoredMatrix): SparseMatrix {
  const { positions, codes } = entriesOf(name, shape, stored);
  const { used, centroids } = usedCodes(codes, stored.centroids);
  const rows = columns === 0 ? 0 : elementCount(shape) / columns;
  const byRow = outputs === "rows";
  const size = byRow ? { outputs: rows, inputs: columns } : { outputs: columns, inputs: rows };
  const entries = entryList({ ...size, centroids }, codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = used[codes[i]!]!;
    if (code < 0) continue;
    const position = positions[i]!;
    const row = Math.floor(position / columns);
    const column = position - row * columns;
    if (byRow) entries.push(row, column, code);
    else entries.push(column, row, code);
  }
  const { rows: ofRows, columns: ofColumns } = stored.scales ?? {};
  const [outputScales, inputScales] = byRow ? [ofRows, ofColumns] : [ofColumns, ofRows];
  return { ...entries.matrix(), ...(outputScales && { outputScales }), ...(inputScales && { inputScales }) };
}

/** The centroids other than 0 that entries have, and the index of each code among them, or -1. */
function usedCodes(codes: Codes, all: Float32Array) {
  const counts = new Uint32Array(all.length);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!] = 1;
  const used = new Int32Array(all.length).fill(-1);
  const centroids: number[] = [];
  for (const [code, value] of all.entries()) {
    if (counts[code] === 0 || value === 0) continue;
    used[code] = centroids.length;
    centroids.push(value);
  }
  return { used, centroids: Float32Array.from(centroids) };
}
