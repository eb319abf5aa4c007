import type { Window } from "@deep-compression/network";
import type { Convolution } from "./convolution-shape";

/** An axis cut into phases: with stride s, the cells r, r + s, r + 2s ... of the padded input are phase r, which windows read without stride. */
interface Axis {
  /** Those that taps read. */
  readonly phases: readonly number[];
  /** Of each tap: the index of its phase, and the cell of the phase that the first window reads. */
  readonly taps: readonly { readonly phase: number; readonly cell: number }[];
  /** Cells of a phase that windows read. */
  readonly length: number;
}

function axisOf({ kernel, stride, dilation, output }: Window): Axis {
  const places = Array.from({ length: kernel }, (_, k) => k * dilation);
  const phases = [...new Set(places.map((place) => place % stride))];
  const taps = places.map((place) => ({ phase: phases.indexOf(place % stride), cell: Math.floor(place / stride) }));
  return { phases, taps, length: output + taps.at(-1)!.cell };
}

/** The cells of a phase along an axis that lie in the input: from `first` on, `count` of them, the first of them the input's cell `cell`. */
export interface InnerCells {
  readonly first: number;
  readonly count: number;
  readonly cell: number;
}

function innerCells({ input, stride, padBegin }: Window, phase: number, length: number): InnerCells {
  const first = Math.max(0, Math.ceil((padBegin - phase) / stride));
  const last = Math.min(length - 1, Math.floor((input - 1 + padBegin - phase) / stride));
  return { first, count: Math.max(0, last - first + 1), cell: first * stride + phase - padBegin };
}

/** One phase of a channel: the cells of the input in it along each axis. */
export interface Phase {
  readonly depth: InnerCells;
  readonly height: InnerCells;
  readonly width: InnerCells;
}

/**
 * How a channel's padded input lies as planes without stride, one a phase, so that each tap reads a run of cells as long as all windows: the
 * windows of a row, then cells of no window, then the next row.
 */
export interface PhasePlanes {
  readonly phases: readonly Phase[];
  /** Elements of a row, a slice and a plane. */
  readonly row: number;
  readonly slice: number;
  readonly plane: number;
  /** Cells from the first window to the last. */
  readonly cells: number;
  /** Of each tap, the cell of the channel's planes that the first window reads. */
  readonly taps: readonly number[];
}

/** An odd number of cache lines: planes of a power of two would all lie in the same sets of the cache. */
function spread(cells: number): number {
  return 16 * (2 * Math.ceil(cells / 32) + 1);
}

export function phasePlanes({ depth, height, width }: Pick<Convolution, "depth" | "height" | "width">): PhasePlanes {
  const [d, h, w] = [axisOf(depth), axisOf(height), axisOf(width)];
  const row = w.length;
  const slice = h.length * row;
  const plane = spread(d.length * slice);
  const phases = d.phases.flatMap((z) =>
    h.phases.flatMap((y) =>
      w.phases.map((x) => ({
        depth: innerCells(depth, z, d.length),
        height: innerCells(height, y, h.length),
        width: innerCells(width, x, w.length),
      })),
    ),
  );
  const taps = d.taps.flatMap((z) =>
    h.taps.flatMap((y) =>
      w.taps.map((x) => {
        const phase = (z.phase * h.phases.length + y.phase) * w.phases.length + x.phase;
        return phase * plane + z.cell * slice + y.cell * row + x.cell;
      }),
    ),
  );
  const cells = (depth.output - 1) * slice + (height.output - 1) * row + width.output;
  return { phases, row, slice, plane, cells, taps };
}
