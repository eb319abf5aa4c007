import type { Distribution } from "./distribution";
import { firstAbove } from "./range-sums";

/**
 * Where cells may be cut: before every point, or, if there are more than `most`, at the edges of about `most` mixed bins.
 * Half of the bins hold equally many points, half are equally wide: equal counts alone ended up to 14 % above the optimum,
 * for want of cuts among the few large values.
 */
export function candidateCuts({ points }: Distribution, most: number): Uint32Array {
  if (points.length <= most) return Uint32Array.from({ length: points.length + 1 }, (_, i) => i);
  const half = most >>> 1;
  const marks = new Set([0, points.length]);
  const low = points[0];
  const step = (points[points.length - 1] - low) / half;
  for (let i = 1; i < half; i++) {
    marks.add(Math.floor((points.length * i) / half));
    marks.add(firstAbove(points, low + i * step));
  }
  return Uint32Array.from(marks).sort();
}

/** How far each cut may be from its best place if marks were tried: twice the wider of the bins beside it. */
export function binsAround(marks: Uint32Array, cuts: Uint32Array): Uint32Array {
  let mark = 0;
  return cuts.map((cut) => {
    while (marks[mark] < cut) mark++;
    const below = mark > 0 ? cut - marks[mark - 1] : 0;
    const above = mark < marks.length - 1 ? marks[mark + 1] - cut : 0;
    return 2 * Math.max(below, above);
  });
}
