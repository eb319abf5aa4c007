import type { CellCosts } from "./cell-costs";
import type { Distribution } from "./distribution";
import { allocatePositions, placeAround, REACH, SPAN, type TrialPositions } from "./trial-positions";

/** Rounds after which the search ends though a cut still moves: only ties that rounding makes could go on for ever. */
const MAX_ROUNDS = 200;

export interface RefineOptions {
  readonly costs: CellCosts;
  /** How far each cut may be off. */
  readonly radii: Uint32Array;
}

/**
 * The cuts between cells, moved all together to where the cost is least. A round tries 17 positions for every cut, evenly
 * spaced in the number of points, and finds the best of all their combinations by dynamic programming (289 costs a cell).
 * A cut that stays near the middle of its positions is tried next time on a finer scale, one that goes to their end on a
 * coarser. At the end no combination of moves of up to 8 points of every cut is better.
 *
 * @param cuts cell i is points cuts[i] to cuts[i + 1]; first and last stay
 */
export function refineCells(data: Distribution, cuts: Uint32Array, options: RefineOptions): Uint32Array {
  const positions = allocatePositions(cuts.length);
  const most = Math.max(REACH, cuts[cuts.length - 1]);
  let current = cuts;
  let radii = options.radii.map((radius) => Math.max(REACH, radius));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    placeAround(positions, current, radii, data);
    const next = bestCombination(positions, options.costs);
    const moves = next.map((cut, i) => Math.abs(cut - current[i]));
    if (moves.every((moved) => moved === 0) && radii.every((radius) => radius === REACH)) break;
    current = next;
    radii = radii.map((radius, i) => {
      if (moves[i] >= radius) return Math.min(2 * radius, most);
      return moves[i] > radius / 2 ? radius : Math.max(REACH, Math.ceil(radius / 2));
    });
  }
  return current;
}

/** `least[span * c + p]`: the least cost of the cells before cut c at its position p; `choices` what led to it. */
function bestCombination(positions: TrialPositions, costs: CellCosts): Uint32Array {
  const { lengths, places } = positions;
  const least = new Float64Array(places.length).fill(Number.POSITIVE_INFINITY);
  const choices = new Uint8Array(places.length);
  const cellCosts = new Float64Array(SPAN * SPAN);
  least[0] = 0;
  const size = lengths.length - 1;
  for (let cell = 0; cell < size; cell++) {
    costs(cell, positions, cellCosts);
    for (let end = 0, at = (cell + 1) * SPAN; end < lengths[cell + 1]; end++, at++) {
      for (let start = 0; start < lengths[cell]; start++) {
        const total = least[cell * SPAN + start] + cellCosts[SPAN * end + start];
        if (!(total < least[at])) continue;
        least[at] = total;
        choices[at] = start;
      }
    }
  }
  const cuts = new Uint32Array(lengths.length);
  for (let cut = size, position = 0; cut >= 0; cut--) {
    cuts[cut] = places[cut * SPAN + position];
    position = choices[cut * SPAN + position];
  }
  return cuts;
}
