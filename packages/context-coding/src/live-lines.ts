import type { LiveLines } from "./line-map";
import type { MatrixShape } from "./matrix-shape";

/** What an encoder knows of a matrix before it codes the first bit. */
export interface MatrixCounts extends LiveLines {
  readonly weights: number;
}

/** The live lines of a matrix, and its weights. @throws RangeError if a value is no rank of the matrix */
export function countWeights(values: Int16Array, { rows, columns, lowest, highest }: MatrixShape): MatrixCounts {
  const counts = { rows: new Uint8Array(rows), columns: new Uint8Array(columns) };
  let weights = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const value = values[at]!;
      if (value === 0) continue;
      if (value < lowest || value > highest) {
        throw new RangeError(`values[${at}]: expected a rank in ${lowest}..${highest}, got ${value}`);
      }
      counts.rows[row] = 1;
      counts.columns[column] = 1;
      weights++;
    }
  }
  return { ...counts, weights };
}

/** The numbers of the lines that are live. */
export function liveNumbers(live: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(live.reduce((count, flag) => count + flag, 0));
  let found = 0;
  for (let line = 0; line < live.length; line++) {
    if (live[line] === 1) numbers[found++] = line;
  }
  return numbers;
}
