import type { Distribution } from "./distribution";
import { firstAbove } from "./range-sums";

/**
 * Where cells may be cut, ascending from 0 to the number of points: before every point, or, if there are more than
 * `maxPoints`, at the edges of about as many mixed bins. Half of the bins hold equally many points, half are equally wide:
 * equal counts alone ended up to 14 % above the optimum, for want of cuts among the few large values.
 */
export function candidateCuts({ points }: Distribution, maxPoints: number): Uint32Array {
  if (points.length <= maxPoints) return Uint32Array.from({ length: points.length + 1 }, (_, i) => i);
  const half = maxPoints >>> 1;
  const candidates = new Set([0, points.length]);
  const low = points.at(0)!;
  const step = (points.at(-1)! - low) / half;
  for (let i = 1; i < half; i++) {
    candidates.add(Math.floor((points.length * i) / half));
    candidates.add(firstAbove(points, low + i * step));
  }
  return Uint32Array.from(candidates).sort();
}

/** How far each cut may be from its best place if candidates were tried: twice the wider of the bins beside it. */
export function binsAround(candidates: Uint32Array, cuts: Uint32Array): Uint32Array {
  let i = 0;
  return cuts.map((cut) => {
    while (candidates[i]! < cut) i++;
    return 2 * Math.max(cut - (candidates[i - 1] ?? cut), (candidates[i + 1] ?? cut) - cut);
  });
}
