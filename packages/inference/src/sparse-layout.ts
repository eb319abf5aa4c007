import type { HeapKernels } from "./heap-kernels";
import type { Size, SparseMatrix } from "./sparse-matrix";
import type { Team } from "./team";
import type { GroupedTile } from "./tiling";
import type { Value } from "./value";

/** What a product is run with. */
interface Machine {
  readonly kernels: HeapKernels;
  readonly team: Team;
}

/** A product of a matrix of a size, which begins at the address `room`, with vectors side by side. */
export interface LayoutCall extends Size {
  readonly room: number;
  readonly x: number;
  readonly y: number;
  readonly lanes: 1 | 4 | 8;
}

/** A way to lay out sparse matrices. */
export interface LayoutKind {
  /** What reports call it. */
  readonly name: string;
  /** How many vectors are multiplied at once where there are two to four. */
  readonly lanesOfFew: 4 | 8;
  /** How many outputs the scratch of `add` has, and how many of the matrix stand there between two of no output. */
  scratch(size: Size): { readonly length: number; readonly between: number };
  /** Adds the product with x [inputs][lanes] to y, as `scratch` has it, [..][lanes]. */
  add(machine: Machine, layout: PlacedLayout, call: LayoutCall): void;
}

type LayoutArray = Uint16Array | Uint32Array | Float32Array;

interface LayoutDetails {
  readonly kind: LayoutKind;
  /** Of groups. */
  readonly tiles: readonly GroupedTile[];
  /** Of columns. */
  readonly filler: number;
}

/** A matrix laid out. */
export interface MatrixLayout extends LayoutDetails {
  /** The centroids, and what the kind has besides. */
  readonly arrays: readonly LayoutArray[];
  /** How often a centroid is multiplied for an item: once a group, or once an entry. */
  readonly products: number;
}

/** A layout whose arrays lie in one value of bytes in the heap. */
export interface PlacedLayout extends LayoutDetails {
  /** Where each array begins, and how many elements it has. */
  readonly parts: readonly { readonly at: number; readonly length: number; readonly bytes: number }[];
}

/** What decides how fast a matrix is multiplied. */
export interface MatrixCounts {
  readonly entries: number;
  readonly groups: number;
  readonly inputs: number;
}

/** Which layouts there are. */
export interface Layouts {
  /** Lays out a matrix for so many threads. Undefined: none suits it. */
  layoutOf(matrix: SparseMatrix, threads: number): MatrixLayout | undefined;
  /** What is given a layout after each single item, with the part of its inputs that is not zero, and gives the one to go on with. */
  revise?(matrix: {
    readonly counts: MatrixCounts;
    readonly size: Size;
    readonly threads: number;
    readonly room: Value;
  }): (layout: PlacedLayout, nonZero: number) => PlacedLayout;
}

const ALIGNMENT = 16;

/** Bytes that `place` needs. */
export function placedBytes({ arrays }: MatrixLayout): number {
  return arrays.reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT, 0);
}

/** Writes a layout into the bytes of a value. */
export function place({ arrays, kind, tiles, filler }: MatrixLayout, room: Value): PlacedLayout {
  const bytes = room.data as Uint8Array;
  let at = 0;
  const parts = arrays.map(({ buffer, byteOffset, byteLength, length, BYTES_PER_ELEMENT }) => {
    const part = { at, length, bytes: BYTES_PER_ELEMENT };
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += Math.ceil(byteLength / ALIGNMENT) * ALIGNMENT;
    return part;
  });
  return { kind, parts, tiles, filler };
}

/** The arrays of a layout where they lie; the centroids are a copy. */
export function placedArrays({ parts }: PlacedLayout, room: Value): readonly LayoutArray[] {
  const { buffer } = room.data;
  return parts.map(({ at, length, bytes }, part) => {
    if (part === 0) return new Float32Array(buffer, room.address + at, length).slice();
    if (bytes === 2) return new Uint16Array(buffer, room.address + at, length);
    return new Uint32Array(buffer, room.address + at, length);
  });
}
