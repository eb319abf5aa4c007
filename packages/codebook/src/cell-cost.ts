import { type Distribution, rangeDistortion, rangeEnergy, rangeMean, zeroBounds } from "./distribution";

/** What cell number `cell` costs if it holds points `start` to `end`; Infinity if it may not. */
export type CellCost = (cell: number, start: number, end: number) => number;

export interface RateOptions {
  /** Squared error that one bit is worth. */
  readonly lambda: number;
  /** The bits of all `count` values of a cell together, its centroid included. */
  readonly bits: (cell: number, count: number) => number;
  /** The cell whose centroid is 0 and which holds the zeros besides the values; -1 if there is none. */
  readonly zeroCell: number;
  /** What becomes of a centroid when it is stored; undefined if the difference is not worth counting. */
  readonly round?: (centroid: number) => number;
}

/** Squared error plus lambda times bits, of a cell of the points. */
export function rateCost(data: Distribution, options: RateOptions): CellCost {
  const { lambda, bits, zeroCell, round } = options;
  const { rank, weight } = data;
  const zero = zeroBounds(data.points);
  return (cell, start, end) => {
    if (cell === zeroCell) {
      const count = data.zeros + rank[end] - rank[start];
      if (start > zero.start || end < zero.end || count === 0) return Number.POSITIVE_INFINITY;
      return rangeEnergy(data, start, end) + lambda * bits(cell, count);
    }
    if (end <= start) return Number.POSITIVE_INFINITY;
    let distortion = rangeDistortion(data, start, end);
    if (round !== undefined) {
      const mean = rangeMean(data, start, end);
      distortion += (weight[end] - weight[start]) * (round(mean) - mean) ** 2;
    }
    return distortion + lambda * bits(cell, rank[end] - rank[start]);
  };
}

/** Squared error alone. */
export function distortionCost(data: Distribution): CellCost {
  return (_, start, end) => (end > start ? rangeDistortion(data, start, end) : Number.POSITIVE_INFINITY);
}
