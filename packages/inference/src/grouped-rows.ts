import { entryList, type Size, type SparseMatrix } from "./sparse-matrix";
import { PADDING, SIDE, writeGroups } from "./write-groups";

/** Inputs of a tile: their offsets, in bytes of float32, are of 16 bits. */
const TILE_INPUTS = 16_384;
/** Outputs of a tile: their sums stay in the first-level cache beside the inputs, and threads share the tiles of a layer. */
const TILE_OUTPUTS = 512;

/**
 * A sparse matrix grouped by code: entries of one output and one code are a group, which costs one product. Groups are sorted by
 * length, and four of one length stand side by side.
 */
export interface GroupedRows {
  readonly kind: "grouped";
  readonly tiles: readonly GroupedTile[];
  /** Pairs of a length, in entries, and how many times four groups of it there are. */
  readonly runs: Uint32Array;
  /** Of each four groups entry by entry, those of the four in turn: the bytes from the tile's first input. */
  readonly offsets: Uint16Array;
  /** Of each group, its output in the tile and, 16 bits up, its code. */
  readonly groups: Uint32Array;
  readonly centroids: Float32Array;
}

/** The entries between some outputs and some inputs, and where they begin in the arrays of all. */
export interface GroupedTile {
  readonly firstOutput: number;
  /** Its place among outputs that have one of no output behind each row of tiles. */
  readonly spacedOutput: number;
  readonly firstInput: number;
  readonly inputs: number;
  readonly firstRun: number;
  readonly runs: number;
  readonly firstOffset: number;
  readonly firstGroup: number;
}

/** How a matrix is cut into tiles. */
interface Tiling {
  /** Of each tile but the last. */
  readonly tileOutputs: number;
  readonly tileInputs: number;
  /** Tiles across the inputs. */
  readonly across: number;
  readonly down: number;
}

/** Tiles of about one size. */
export function tilingOf({ outputs, inputs }: Pick<SparseMatrix, "outputs" | "inputs">): Tiling {
  const across = Math.max(1, Math.ceil(inputs / TILE_INPUTS));
  const down = Math.max(1, Math.ceil(outputs / TILE_OUTPUTS));
  return { across, down, tileInputs: Math.ceil(inputs / across), tileOutputs: Math.ceil(outputs / down) };
}

/** Groups that a matrix could have. */
export function possibleGroups(matrix: SparseMatrix): number {
  return tilingOf(matrix).across * matrix.outputs * matrix.centroids.length;
}

/** Lays out a matrix: its entries sorted by tile, output and code, then written four groups side by side. */
export function groupedRows(matrix: SparseMatrix): GroupedRows {
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
  return { kind: "grouped", tiles, runs: Uint32Array.from(runs), offsets, groups: Uint32Array.from(groups), centroids };
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
  { tiles, runs, offsets, groups, centroids }: GroupedRows,
  { outputs, inputs }: Size,
): SparseMatrix {
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
