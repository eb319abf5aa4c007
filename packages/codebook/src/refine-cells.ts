import type { CellCosts } from "./cell-costs";
import type { Distribution } from "./distribution";
import { allocatePositions, MAX_REACH, placeAround, type TrialPositions } from "./trial-positions";

/** Rounds after which the search ends though a cut still moves: only ties that rounding makes could go on for ever. */
const MAX_ROUNDS = 200;

export interface RefineOptions {
  readonly costs: CellCosts;
  /** How far each cut may be off. */
  readonly radii: Uint32Array;
  /** Positions tried on each side of a cut, 1..8; default 8. Fewer do where cuts are off by no more points. */
  readonly reach?: number;
}

/**
 * The cuts between cells, moved all together to where the cost is least. A round tries `reach` positions on each side of
 * every cut, evenly spaced in the number of points, and finds the best of all their combinations by dynamic programming
 * (289 costs a cell for a reach of 8).
 * A cut that stays near the middle of its positions is tried next time on a finer scale, one that goes to their end on a
 * coarser. At the end no combination of moves of up to `reach` points of every cut is better.
 *
 * @param cuts cell i is points cuts[i] to cuts[i + 1]; first and last stay
 */
export function refineCells(data: Distribution, cuts: Uint32Array, options: RefineOptions): Uint32Array {
  const { reach = MAX_REACH } = options;
  const positions = allocatePositions(cuts.length, reach);
  const most = Math.max(reach, cuts[cuts.length - 1]);
  let current = cuts;
  let radii = options.radii.map((radius) => Math.max(reach, radius));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    placeAround(positions, current, radii, data);
    const next = bestCombination(positions, options.costs);
    const moves = next.map((cut, i) => Math.abs(cut - current[i]));
    if (moves.every((moved) => moved === 0) && radii.every((radius) => radius === reach)) break;
    current = next;
    radii = radii.map((radius, i) => {
      if (moves[i] >= radius) return Math.min(2 * radius, most);
      return moves[i] > radius / 2 ? radius : Math.max(reach, Math.ceil(radius / 2));
    });
  }
  return current;
}

/** `least[span * c + p]`: the least cost of the cells before cut c at its position p; `choices` what led to it. */
function bestCombination(positions: TrialPositions, costs: CellCosts): Uint32Array {
  const { span, lengths, places } = positions;
  const least = new Float64Array(places.length).fill(Number.POSITIVE_INFINITY);
  const choices = new Uint8Array(places.length);
  const cellCosts = new Float64Array(span * span);
  least[0] = 0;
  const size = lengths.length - 1;
  for (let cell = 0; cell < size; cell++) {
    costs(cell, positions, cellCosts);
    for (let end = 0, at = (cell + 1) * span; end < lengths[cell + 1]; end++, at++) {
      for (let start = 0; start < lengths[cell]; start++) {
        const total = least[cell * span + start] + cellCosts[span * end + start];
        if (!(total < least[at])) continue;
        least[at] = total;
        choices[at] = start;
      }
    }
  }
  const cuts = new Uint32Array(lengths.length);
  for (let cut = size, position = 0; cut >= 0; cut--) {
    cuts[cut] = places[cut * span + position];
    position = choices[cut * span + position];
  }
  return cuts;
}
