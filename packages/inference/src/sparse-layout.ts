import { type CodedColumns, codedColumns, entriesOfColumns } from "./coded-columns";
import {
  entriesOfRows,
  type GroupedRows,
  type GroupedTile,
  groupedRows,
  possibleGroups,
  tilingOf,
} from "./grouped-rows";
import type { HeapKernels } from "./heap-kernels";
import type { SparseMatrix } from "./sparse-matrix";
import type { Team } from "./team";
import type { Value } from "./value";

export type LayoutKind = "grouped" | "columns";

/**
 * Nanoseconds of one item, measured on the fully connected layers of AlexNet and VGG-16 with 32 and 256 centroids, one thread of a 3.7 GHz x86-64:
 * an entry of a group costs a load of an offset and of an input; a group a product added to its output, and a wrong guess of when it
 * ends where groups are short; an entry of a column an output read and written. Only their ratios count. `npm run costs` measures them
 * anew.
 */
export const COSTS = { entry: 0.2, group: 1.4, columnEntry: 0.54, column: 1 };

/** What decides how fast a matrix is multiplied. */
export interface MatrixCounts {
  readonly entries: number;
  readonly groups: number;
  readonly inputs: number;
}

/** Whether columns are faster than groups, which threads share, for an item of which this part of the inputs is not zero. */
export function columnsWin({ entries, groups, inputs }: MatrixCounts, nonZero: number, threads: number): boolean {
  const { entry, group, columnEntry, column } = COSTS;
  return nonZero * entries * columnEntry + inputs * column < (entries * entry + groups * group) / threads;
}

/** Lays out a matrix as is faster on so many threads for inputs that are not zero. */
export function layoutOf(matrix: SparseMatrix, threads: number): GroupedRows | CodedColumns {
  const { inputs, inputOf } = matrix;
  const entries = inputOf.length;
  // There are fewer groups than entries. So many possible ones take longer to look through than the entries.
  if (entries === 0 || possibleGroups(matrix) > 4 * entries + 65_536) return codedColumns(matrix);
  const rows = groupedRows(matrix);
  return columnsWin({ entries, groups: rows.groups.length, inputs }, 1, threads) ? codedColumns(matrix) : rows;
}

/** A layout whose arrays lie in one value of bytes in the heap. */
export interface PlacedLayout {
  readonly kind: LayoutKind;
  /** Where each array begins, and how many elements it has. */
  readonly parts: readonly { readonly at: number; readonly length: number }[];
  readonly wide: boolean;
  readonly filler: number;
  readonly tiles: readonly GroupedTile[];
}

const ALIGNMENT = 16;

function arraysOf(layout: GroupedRows | CodedColumns): readonly (Uint16Array | Uint32Array | Float32Array)[] {
  const { centroids } = layout;
  return layout.kind === "grouped"
    ? [centroids, layout.runs, layout.offsets, layout.groups]
    : [centroids, layout.starts, layout.entries];
}

/** Bytes that `place` needs. */
export function placedBytes(layout: GroupedRows | CodedColumns): number {
  return arraysOf(layout).reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT, 0);
}

/** Writes a layout into the bytes of a value. */
export function place(layout: GroupedRows | CodedColumns, room: Value): PlacedLayout {
  const bytes = room.data as Uint8Array;
  let at = 0;
  const parts = arraysOf(layout).map((array) => {
    const part = { at, length: array.length };
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += Math.ceil(array.byteLength / ALIGNMENT) * ALIGNMENT;
    return part;
  });
  const { kind } = layout;
  if (layout.kind === "grouped") return { kind, parts, wide: false, filler: 0, tiles: layout.tiles };
  return { kind, parts, wide: layout.entries instanceof Uint32Array, filler: layout.filler, tiles: [] };
}

/** The entries of a layout in the heap. */
export function placedEntries(
  { kind, parts, wide, filler, tiles }: PlacedLayout,
  room: Value,
  size: MatrixSize,
): SparseMatrix {
  const { buffer } = room.data;
  const words = (part: number) => new Uint32Array(buffer, room.address + parts[part]!.at, parts[part]!.length);
  const halves = (part: number) => new Uint16Array(buffer, room.address + parts[part]!.at, parts[part]!.length);
  const centroids = new Float32Array(buffer, room.address + parts[0]!.at, parts[0]!.length).slice();
  if (kind === "columns")
    return entriesOfColumns({ kind, centroids, starts: words(1), entries: wide ? words(2) : halves(2), filler }, size);
  return entriesOfRows({ kind, tiles, centroids, runs: words(1), offsets: halves(2), groups: words(3) }, size);
}

export type MatrixSize = Pick<SparseMatrix, "outputs" | "inputs">;

/** How many outputs the scratch of `addProduct` has, and how many of the matrix stand there between two of no output. */
export function scratchOutputs({ kind }: Pick<PlacedLayout, "kind">, size: MatrixSize) {
  const { down, tileOutputs } = tilingOf(size);
  return kind === "grouped"
    ? { length: size.outputs + down, between: tileOutputs }
    : { length: size.outputs, between: size.outputs };
}

/** What a product is run with. */
interface Machine {
  readonly kernels: HeapKernels;
  readonly team: Team;
}

/** Adds the product with x [inputs][lanes] to y, as `scratchOutputs` has it, [..][lanes], at these addresses; 1, 4 or 8 lanes. */
export function addProduct(
  { kernels, team }: Machine,
  { kind, parts, wide, filler, tiles }: PlacedLayout,
  {
    room,
    outputs,
    inputs,
    x,
    y,
    lanes,
  }: MatrixSize & {
    readonly room: number;
    readonly x: number;
    readonly y: number;
    readonly lanes: 1 | 4 | 8;
  },
): void {
  const at = (part: number) => room + parts[part]!.at;
  if (kind === "columns") {
    if (lanes === 8) kernels.columnsProduct8(at(1), inputs, at(2), at(0), filler, Number(wide), x, y);
    else (wide ? kernels.columnsProduct32 : kernels.columnsProduct16)(at(1), inputs, at(2), at(0), filler, x, y);
    return;
  }
  const arraysAt = ({ firstRun, runs, firstOffset, firstGroup }: GroupedTile) =>
    [at(1) + 8 * firstRun, runs, at(2) + 2 * firstOffset, at(3) + 4 * firstGroup, at(0)] as const;
  const { across, down } = tilingOf({ outputs, inputs });
  const job = { count: down, cost: parts[2]!.length * lanes };
  if (lanes === 1) {
    for (let column = 0; column < across; column++) {
      const { firstInput, inputs: width } = tiles[column]!;
      const tileX = x + 4 * firstInput;
      // What multiplies an item reads the inputs from a place of its own: they are put there once for all tiles below one another.
      kernels.groupedProduct(at(1), 0, at(2), at(3), at(0), tileX, width, y);
      team.share({ ...job, cost: job.cost / across }, (shared, first, end) => {
        for (let row = first; row < end; row++) {
          const tile = tiles[row * across + column]!;
          shared.groupedProduct(...arraysAt(tile), tileX, 0, y + 4 * tile.spacedOutput);
        }
      });
    }
    return;
  }
  team.share(job, (shared, first, end) => {
    const multiply = lanes === 4 ? shared.groupedProduct4 : shared.groupedProduct8;
    for (const tile of tiles.slice(first * across, end * across))
      multiply(...arraysAt(tile), x + 4 * lanes * tile.firstInput, y + 4 * lanes * tile.spacedOutput);
  });
}
