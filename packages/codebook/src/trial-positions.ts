import type { Distribution } from "./distribution";
import { sumsBefore } from "./range-sums";

/** Positions tried on each side of a cut. */
export const REACH = 8;

/** Positions of a cut, at most: itself and those on both sides. */
export const SPAN = 2 * REACH + 1;

/**
 * For each cut between cells some places where it may stand, with the prefix sums there: what the costs of cells are made
 * of. Those of cut c are the elements from `span` * c on, `lengths[c]` of them.
 */
export interface TrialPositions {
  readonly lengths: Uint8Array;
  /** Numbers of points before the cut. */
  readonly places: Uint32Array;
  readonly rank: Float64Array;
  readonly weight: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Room for the positions of so many cuts. */
export function allocatePositions(cuts: number): TrialPositions {
  return {
    lengths: new Uint8Array(cuts),
    places: new Uint32Array(cuts * SPAN),
    rank: new Float64Array(cuts * SPAN),
    weight: new Float64Array(cuts * SPAN),
    first: new Float64Array(cuts * SPAN),
    second: new Float64Array(cuts * SPAN),
  };
}

/** Fills in positions evenly spaced within `radii` of the cuts; each cut itself comes first. First and last cut stay. */
export function placeAround(
  positions: TrialPositions,
  cuts: Uint32Array,
  radii: Uint32Array,
  data: Distribution,
): void {
  const { lengths, places, rank, weight, first, second } = positions;
  const last = cuts.length - 1;
  for (let c = 0; c <= last; c++) {
    const cut = cuts[c];
    let at = c * SPAN;
    places[at++] = cut;
    for (let step = 1; step <= REACH && c > 0 && c < last; step++) {
      const distance = Math.round((radii[c] * step) / REACH);
      if (cut >= distance) places[at++] = cut - distance;
      if (cut + distance <= cuts[last]) places[at++] = cut + distance;
    }
    lengths[c] = at - c * SPAN;
    for (let i = c * SPAN; i < at; i++) {
      const sums = sumsBefore(data, places[i]);
      rank[i] = sums.rank;
      weight[i] = sums.weight;
      first[i] = sums.first;
      second[i] = sums.second;
    }
  }
}
