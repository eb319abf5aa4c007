import type { Distribution } from "./distribution";
import { fillLevel } from "./optimal-cells";
import { firstAbove, sumsAt } from "./range-sums";

/** Places for all cuts together; with 32 of them a search takes about 40 ms. */
const MAX_PLACES = 1 << 18;

/**
 * The cuts of the best cells with every cut somewhere between the cuts beside it, at places evenly spaced in the number of
 * points; the cut itself is one of them. As {@link optimalCells}, with places of its own for each cut. It finds the right one
 * among the local optima that differ in what few large values the outermost cells hold, and that bins are too coarse to
 * tell apart.
 */
export function optimalCellsNearby(data: Distribution, cuts: Uint32Array): Uint32Array {
  const [origin = 0, ...others] = cuts;
  const choices: { readonly places: Uint32Array; readonly choice: Uint32Array }[] = [];
  let starts: Uint32Array = Uint32Array.of(origin);
  let sums = sumsAt(data, starts);
  let previous = new Float64Array(1);
  for (const cell of others.keys()) {
    const [begins, ends] = [starts, placesAround(cuts, cell + 1)];
    const endSums = sumsAt(data, ends);
    const best = new Float64Array(ends.length);
    const choice = new Uint32Array(ends.length);
    const before = (end: number) => firstAbove(begins, ends[end]! - 1);
    const level = { previous, best, choice, starts: sums, ends: endSums, before };
    fillLevel(level, { from: 0, to: ends.length - 1, low: 0, high: begins.length - 1 });
    choices.push({ places: ends, choice });
    starts = ends;
    sums = endSums;
    previous = best;
  }
  const found = [];
  let place = 0;
  for (const { places, choice } of choices.reverse()) {
    found.unshift(places[place]!);
    place = choice[place]!;
  }
  return Uint32Array.of(origin, ...found);
}

/** Places for cut c, the last of which stays. */
function placesAround(cuts: Uint32Array, c: number): Uint32Array {
  const [before, cut, behind] = [cuts[c - 1]!, cuts[c]!, cuts[c + 1]];
  if (behind === undefined) return Uint32Array.of(cut);
  const below = cut - before - 1;
  const above = behind - cut - 1;
  const step = Math.ceil(((below + above + 1) * (cuts.length - 1)) / MAX_PLACES);
  const first = Math.floor(below / step);
  return Uint32Array.from({ length: first + Math.floor(above / step) + 1 }, (_, i) => cut + (i - first) * step);
}
