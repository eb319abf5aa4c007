import type { Distribution } from "./distribution";
import { allocateSums, putSums, type SumColumns, sumsBefore } from "./range-sums";

/** The most positions tried on each side of a cut. */
export const MAX_REACH = 8;

/**
 * For each cut between cells some positions where it may stand, with the prefix sums there: what the costs of cells are made
 * of. Those of cut c are the elements from span * c on, `lengths[c]` of them.
 */
export interface TrialPositions extends SumColumns {
  /** Positions on each side of a cut, 1..8. */
  readonly reach: number;
  /** The most positions of a cut: itself and those on both sides. */
  readonly span: number;
  readonly lengths: Uint8Array;
  /** Numbers of points before the cut. */
  readonly places: Uint32Array;
}

/** Room for the positions of so many cuts. */
export function allocatePositions(cuts: number, reach: number): TrialPositions {
  const span = 2 * reach + 1;
  const places = new Uint32Array(cuts * span);
  return { reach, span, lengths: new Uint8Array(cuts), places, ...allocateSums(cuts * span) };
}

/** Fills in positions evenly spaced within `radii` of the cuts; each cut itself comes first. First and last cut stay. */
export function placeAround(
  positions: TrialPositions,
  cuts: Uint32Array,
  radii: Uint32Array,
  data: Distribution,
): void {
  const { reach, span, lengths, places } = positions;
  const last = cuts.length - 1;
  for (const [c, cut] of cuts.entries()) {
    let at = c * span;
    places[at++] = cut;
    for (let step = 1; step <= reach && c > 0 && c < last; step++) {
      const distance = Math.round((radii[c]! * step) / reach);
      if (cut >= distance) places[at++] = cut - distance;
      if (cut + distance <= cuts[last]!) places[at++] = cut + distance;
    }
    lengths[c] = at - c * span;
    for (let i = c * span; i < at; i++) putSums(positions, i, sumsBefore(data, places[i]!));
  }
}
