import type { CellCost } from "./cell-cost";

/** Positions tried on each side of a cut. */
const reach = 4;
const positions = 2 * reach + 1;

/** Rounds after which the search ends though a cut still moves: only ties that rounding makes could go on for ever. */
const maxRounds = 200;

/**
 * Moves the cuts between cells, all together, to where the cost is least. A round tries 9 positions for every cut, evenly
 * spaced in the number of points, and finds the best of all their combinations by dynamic programming (81 costs a cell).
 * A cut that stays near the middle of its positions is tried next time on a finer scale, one that goes to their end on a
 * coarser. At the end no combination of moves of up to 4 points of every cut is better.
 *
 * `cuts`: cell i is points cuts[i] to cuts[i + 1]; first and last stay. `radius`: how far a cut may be off.
 */
export function refineCells(cuts: Uint32Array, cost: CellCost, radius: number): Uint32Array {
  const last = cuts[cuts.length - 1];
  let current = cuts;
  let radii = cuts.map(() => Math.max(reach, radius));
  for (let round = 0; round < maxRounds; round++) {
    const next = bestCombination(current, cost, radii, last);
    const moves = next.map((cut, i) => Math.abs(cut - current[i]));
    if (moves.every((moved) => moved === 0) && radii.every((r) => r === reach)) break;
    current = next;
    radii = radii.map((r, i) => {
      if (moves[i] >= r) return Math.min(2 * r, Math.max(reach, last));
      return moves[i] > r / 2 ? r : Math.max(reach, Math.ceil(r / reach));
    });
  }
  return current;
}

/** The best of all combinations of positions: `best[p]` is the least cost of the cells before a cut at its position p. */
function bestCombination(cuts: Uint32Array, cost: CellCost, radii: Uint32Array, last: number): Uint32Array {
  const size = cuts.length - 1;
  const choices = new Uint8Array((size + 1) * positions);
  let starts = [cuts[0]];
  let least = [0];
  const tried = [starts];
  for (let cell = 0; cell < size; cell++) {
    const ends = cell === size - 1 ? [last] : cutPositions(cuts[cell + 1], radii[cell + 1], last);
    const best = ends.map((end, p) => {
      let lowest = Number.POSITIVE_INFINITY;
      for (let q = 0; q < starts.length; q++) {
        const total = least[q] + cost(cell, starts[q], end);
        if (total < lowest) {
          lowest = total;
          choices[(cell + 1) * positions + p] = q;
        }
      }
      return lowest;
    });
    tried.push(ends);
    starts = ends;
    least = best;
  }
  const next = cuts.slice();
  for (let cell = size, p = 0; cell > 0; cell--) {
    next[cell] = tried[cell][p];
    p = choices[cell * positions + p];
  }
  return next;
}

/** The cut itself first, so that it stays where nothing is better. */
function cutPositions(cut: number, radius: number, last: number): number[] {
  const all = [cut];
  for (let step = 1; step <= reach; step++) {
    const distance = Math.round((radius * step) / reach);
    if (cut - distance >= 0) all.push(cut - distance);
    if (cut + distance <= last) all.push(cut + distance);
  }
  return all;
}
