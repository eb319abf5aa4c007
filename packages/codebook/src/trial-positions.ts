import type { Distribution } from "./distribution";
import { allocateSums, putSums, type SumColumns, sumsBefore } from "./range-sums";

/** Positions tried on each side of a cut. */
export const REACH = 8;

/** The most positions tried for a cut: itself and those on both sides. */
export const SPAN = 2 * REACH + 1;

/**
 * For each cut between cells some positions where it may stand, with the prefix sums there: what the costs of cells are made
 * of. Those of cut c are the elements from SPAN * c on, `lengths[c]` of them.
 */
export interface TrialPositions extends SumColumns {
  readonly lengths: Uint8Array;
  /** Numbers of points before the cut. */
  readonly places: Uint32Array;
}

/** Room for the positions of so many cuts. */
export function allocatePositions(cuts: number): TrialPositions {
  return { lengths: new Uint8Array(cuts), places: new Uint32Array(cuts * SPAN), ...allocateSums(cuts * SPAN) };
}

/** Fills in positions evenly spaced within `radii` of the cuts; each cut itself comes first. First and last cut stay. */
export function placeAround(
  positions: TrialPositions,
  cuts: Uint32Array,
  radii: Uint32Array,
  data: Distribution,
): void {
  const { lengths, places } = positions;
  const last = cuts.length - 1;
  for (const [c, cut] of cuts.entries()) {
    let at = c * SPAN;
    places[at++] = cut;
    for (let step = 1; step <= REACH && c > 0 && c < last; step++) {
      const distance = Math.round((radii[c]! * step) / REACH);
      if (cut >= distance) places[at++] = cut - distance;
      if (cut + distance <= cuts[last]!) places[at++] = cut + distance;
    }
    lengths[c] = at - c * SPAN;
    for (let i = c * SPAN; i < at; i++) putSums(positions, i, sumsBefore(data, places[i]!));
  }
}
