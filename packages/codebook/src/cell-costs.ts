import type { Distribution } from "./distribution";
import { zeroBounds } from "./range-sums";
import type { TrialPositions } from "./trial-positions";

/**
 * Writes what a cell costs for every position of its two cuts: `costs[span * end + start]` for the start-th position of cut
 * `cell` and the end-th of the next. Infinity where it may not be.
 */
export type CellCosts = (cell: number, positions: TrialPositions, costs: Float64Array) => void;

/** The squared error of a cell about its mean. A cell holds a point at least. */
export const distortionCosts: CellCosts = (cell, { span, lengths, places, weight, first, second }, costs) => {
  const starts = cell * span;
  const ends = starts + span;
  for (let end = 0; end < lengths[cell + 1]; end++) {
    const place = places[ends + end];
    const endWeight = weight[ends + end];
    const endFirst = first[ends + end];
    const endSecond = second[ends + end];
    for (let start = 0; start < lengths[cell]; start++) {
      const points = place - places[starts + start];
      const total = endWeight - weight[starts + start];
      const sum = endFirst - first[starts + start];
      const square = endSecond - second[starts + start];
      const error = points > 1 && total > 0 ? Math.max(0, square - (sum * sum) / total) : 0;
      costs[span * end + start] = points > 0 ? error : Number.POSITIVE_INFINITY;
    }
  }
};

export interface RateOptions {
  /** Squared error that one bit is worth. */
  readonly lambda: number;
  /** Bits of the symbol of each cell; undefined: ideal, -log2 of its fraction of all values. */
  readonly lengths: ArrayLike<number> | undefined;
  /** The cell whose centroid is 0 and which holds the zeros besides the values; -1 if there is none. */
  readonly zeroCell: number;
  /** What becomes of a centroid when it is stored; undefined: the difference is not counted. */
  readonly round?: (centroid: number) => number;
}

/** Squared error plus lambda times bits. */
export function rateCosts(data: Distribution, { lambda, lengths, zeroCell, round }: RateOptions): CellCosts {
  const total = data.count + data.zeros;
  return (cell, positions, costs) => {
    if (cell === zeroCell) zeroCosts(data, cell, positions, costs);
    else distortionCosts(cell, positions, costs);
    if (cell !== zeroCell && round !== undefined) addRounding(cell, positions, costs, { pivot: data.pivot, round });
    const zeros = cell === zeroCell ? data.zeros : 0;
    if (lengths === undefined) addIdealRate(cell, positions, costs, { lambda, zeros, total });
    else addRate(cell, positions, costs, { perValue: lambda * lengths[cell], zeros });
  };
}

/** The squared error about 0 of a cell that may hold no point, but all those that are 0. */
function zeroCosts(data: Distribution, cell: number, positions: TrialPositions, costs: Float64Array): void {
  const { pivot, points, zeros } = data;
  const { span, lengths, places, rank, weight, first, second } = positions;
  const zero = zeroBounds(points);
  const starts = cell * span;
  for (let end = 0, j = starts + span; end < lengths[cell + 1]; end++, j++) {
    for (let start = 0, i = starts; start < lengths[cell]; start++, i++) {
      const sum = first[j] - first[i];
      const square = second[j] - second[i] + pivot * (2 * sum + pivot * (weight[j] - weight[i]));
      const possible = places[i] <= zero.start && places[j] >= zero.end && zeros + rank[j] - rank[i] > 0;
      costs[span * end + start] = possible ? Math.max(0, square) : Number.POSITIVE_INFINITY;
    }
  }
}

function addRate(
  cell: number,
  { span, lengths, rank }: TrialPositions,
  costs: Float64Array,
  { perValue, zeros }: { readonly perValue: number; readonly zeros: number },
): void {
  const starts = cell * span;
  for (let end = 0, j = starts + span; end < lengths[cell + 1]; end++, j++) {
    for (let start = 0, i = starts; start < lengths[cell]; start++, i++) {
      costs[span * end + start] += perValue * (zeros + rank[j] - rank[i]);
    }
  }
}

function addIdealRate(
  cell: number,
  { span, lengths, rank }: TrialPositions,
  costs: Float64Array,
  { lambda, zeros, total }: { readonly lambda: number; readonly zeros: number; readonly total: number },
): void {
  const starts = cell * span;
  const logTotal = Math.log(total);
  for (let end = 0, j = starts + span; end < lengths[cell + 1]; end++, j++) {
    for (let start = 0, i = starts; start < lengths[cell]; start++, i++) {
      const count = zeros + rank[j] - rank[i];
      if (count > 0) costs[span * end + start] += (lambda / Math.LN2) * count * (logTotal - Math.log(count));
    }
  }
}

/** Adds the squared error of the stored centroid about the mean. */
function addRounding(
  cell: number,
  { span, lengths, weight, first }: TrialPositions,
  costs: Float64Array,
  { pivot, round }: { readonly pivot: number; readonly round: (centroid: number) => number },
): void {
  const starts = cell * span;
  for (let end = 0, j = starts + span; end < lengths[cell + 1]; end++, j++) {
    for (let start = 0, i = starts; start < lengths[cell]; start++, i++) {
      const total = weight[j] - weight[i];
      if (!(total > 0)) continue;
      const mean = pivot + (first[j] - first[i]) / total;
      const offset = round(mean) - mean;
      costs[span * end + start] += total * offset * offset;
    }
  }
}
