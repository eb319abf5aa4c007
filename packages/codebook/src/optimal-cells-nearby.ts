import type { Distribution } from "./distribution";
import { distortionBetween, fillLevel } from "./optimal-cells";
import { firstAbove, sumsAt } from "./range-sums";

/** Places for all cuts together; with 32 of them a search takes about 40 ms. */
const MOST_PLACES = 1 << 18;

/**
 * The best cells with every cut somewhere between the cuts beside it, at places evenly spaced in the number of points; the
 * cut itself is one of them. As optimalCells, with places of its own for each cut. It finds the right one among the local
 * optima that differ in what few large values the outermost cells hold, and that bins are too coarse to tell apart.
 */
export function optimalCellsNearby(data: Distribution, cuts: Uint32Array): Uint32Array {
  const size = cuts.length - 1;
  const places = Array.from(cuts, (cut, c) => (c === 0 || c === size ? Uint32Array.of(cut) : placesAround(cuts, c)));
  const choices: Uint32Array[] = [];
  let sums = sumsAt(data, places[0]);
  let previous = new Float64Array(1);
  for (let cell = 0; cell < size; cell++) {
    const [starts, ends] = [places[cell], places[cell + 1]];
    const endSums = sumsAt(data, ends);
    const best = new Float64Array(ends.length);
    const choice = new Uint32Array(ends.length);
    const before = (end: number) => firstAbove(starts, ends[end] - 1);
    const level = { previous, best, choice, cost: distortionBetween(sums, endSums), before };
    fillLevel(level, { from: 0, to: ends.length - 1, low: 0, high: starts.length - 1 });
    choices.push(choice);
    sums = endSums;
    previous = best;
  }
  const best = cuts.slice();
  for (let c = size, place = 0; c > 0; c--) {
    best[c] = places[c][place];
    place = choices[c - 1][place];
  }
  return best;
}

function placesAround(cuts: Uint32Array, c: number): Uint32Array {
  const cut = cuts[c];
  const below = cut - cuts[c - 1] - 1;
  const above = cuts[c + 1] - cut - 1;
  const step = Math.ceil(((below + above + 1) * (cuts.length - 1)) / MOST_PLACES);
  const first = Math.floor(below / step);
  return Uint32Array.from({ length: first + Math.floor(above / step) + 1 }, (_, i) => cut + (i - first) * step);
}
