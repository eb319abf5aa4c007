import { GROUPED } from "./grouped-product";
import type { MatrixLayout } from "./sparse-layout";
import { entryList, type Size, type SparseMatrix } from "./sparse-matrix";
import { type GroupedTile, tilingOf } from "./tiling";
import { PADDING, SIDE, writeGroups } from "./write-groups";

/** Groups that a matrix could have. */
export function possibleGroups(matrix: SparseMatrix): number {
  return tilingOf(matrix).across * matrix.outputs * matrix.centroids.length;
}

/** Lays out a matrix: its entries sorted by tile, output and code, then written four groups side by side. */
export function groupedRows(matrix: SparseMatrix): MatrixLayout {
  const { outputs, inputs, centroids } = matrix;
  const { tileInputs, tileOutputs, across, down } = tilingOf(matrix);
  const { starts, offsets: sorted } = sortedEntries(matrix);
  const tiles: GroupedTile[] = [];
  const room = { offsets: new Uint16Array(sorted.length + down * across * PADDING), used: 0 };
  const runs: number[] = [];
  const groups: number[] = [];
  let first = 0;
  for (let row = 0; row < down; row++) {
    const firstOutput = row * tileOutputs;
    const size = Math.min(tileOutputs, outputs - firstOutput);
    for (let column = 0; column < across; column++) {
      const [firstRun, firstGroup, firstOffset] = [runs.length / 2, groups.length, room.used];
      const last = first + size * centroids.length;
      writeGroups(
        { starts: starts.subarray(first, last + 1), sorted, codes: centroids.length },
        { runs, groups, room },
      );
      const firstInput = column * tileInputs;
      const width = Math.max(0, Math.min(tileInputs, inputs - firstInput));
      const ends = { runs: runs.length / 2 - firstRun };
      tiles.push({
        firstOutput,
        spacedOutput: firstOutput + row,
        firstInput,
        inputs: width,
        firstRun,
        ...ends,
        firstOffset,
        firstGroup,
      });
      first = last;
    }
  }
  const offsets = room.offsets.slice(0, room.used);
  const arrays = [centroids, Uint32Array.from(runs), offsets, Uint32Array.from(groups)];
  return { kind: GROUPED, arrays, products: groups.length, tiles, filler: 0 };
}

/** The offsets of all entries by tile, output and code, and where those of each possible group begin. */
function sortedEntries(matrix: SparseMatrix) {
  const { outputOf, inputOf, codeOf, outputs, centroids } = matrix;
  const { tileInputs, tileOutputs, across } = tilingOf(matrix);
  const codes = centroids.length;
  const keys = new Uint32Array(outputOf.length);
  const starts = new Uint32Array(possibleGroups(matrix) + 1);
  for (let i = 0; i < keys.length; i++) {
    const output = outputOf[i]!;
    let line = output;
    if (across > 1) {
      // A row of tiles begins after the outputs before it, as often as there are tiles across.
      const before = output - (output % tileOutputs);
      const size = Math.min(tileOutputs, outputs - before);
      line = before * across + Math.floor(inputOf[i]! / tileInputs) * size + (output - before);
    }
    const key = line * codes + codeOf[i]!;
    keys[i] = key;
    starts[key + 1]!++;
  }
  for (let key = 1; key < starts.length; key++) starts[key]! += starts[key - 1]!;
  const next = starts.slice();
  const offsets = new Uint16Array(keys.length);
  for (let i = 0; i < keys.length; i++) offsets[next[keys[i]!]!++] = (inputOf[i]! % tileInputs) * 4;
  return { starts, offsets };
}

/** The entries of a matrix that is laid out so. */
export function entriesOfRows(
  { tiles, arrays }: Pick<MatrixLayout, "tiles" | "arrays">,
  { outputs, inputs }: Size,
): SparseMatrix {
  const [centroids, runs, offsets, groups] = arrays as [Float32Array, Uint32Array, Uint16Array, Uint32Array];
  const entries = entryList({ outputs, inputs, centroids }, offsets.length);
  const tiling = tilingOf({ outputs, inputs });
  for (const tile of tiles) {
    const own = Math.min(tiling.tileOutputs, outputs - tile.firstOutput);
    let [offset, group] = [tile.firstOffset, tile.firstGroup];
    for (let run = 2 * tile.firstRun; run < 2 * (tile.firstRun + tile.runs); run += 2) {
      const length = runs[run]!;
      for (let quad = 0; quad < runs[run + 1]!; quad++, offset += SIDE * length, group += SIDE) {
        for (let side = 0; side < SIDE; side++) {
          const [output, code] = [groups[group + side]! & 0xffff, groups[group + side]! >>> 16];
          if (output === own) continue;
          for (let k = 0; k < length; k++)
            entries.push(tile.firstOutput + output, tile.firstInput + offsets[offset + SIDE * k + side]! / 4, code);
        }
      }
    }
  }
  return entries.matrix();
}
