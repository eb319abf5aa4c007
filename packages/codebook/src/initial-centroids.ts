import { checkInteger } from "@deep-compression/runtime";
import type { Distribution } from "./distribution";
import { firstAbove, sumsBefore, totalWeight } from "./range-sums";

/** The paper's three initialisations (Deep Compression, section 3.2 and figure 6). Each gives `size` ascending centroids. */

/** Equal steps from the smallest to the largest value: keeps the few large weights. */
export function linearCentroids({ points }: Distribution, size: number): Float64Array {
  const [low, high] = [points.at(0)!, points.at(-1)!];
  if (size === 1) return Float64Array.of(low + (high - low) / 2);
  return Float64Array.from({ length: size }, (_, i) => low + ((high - low) * i) / (size - 1));
}

/** Equal steps of the cumulative distribution: the middle of each of `size` equal fractions of the weight. */
export function densityCentroids(data: Distribution, size: number): Float64Array {
  const { points } = data;
  const before = sumsBefore(data, 0).weight;
  const total = totalWeight(data);
  let point = 0;
  return Float64Array.from({ length: size }, (_, i) => {
    const middle = (total * (i + 0.5)) / size;
    while (point < points.length - 1 && sumsBefore(data, point + 1).weight - before < middle) point++;
    return points[point]!;
  });
}

/** Forgy's: `size` values, drawn without putting back (Floyd's sampling). @throws RangeError unless `random` is in [0, 1) */
export function randomCentroids(values: Float32Array, size: number, random: () => number): Float64Array {
  const drawn = new Set<number>();
  for (let last = values.length - Math.min(size, values.length); last < values.length; last++) {
    const index = checkInteger("random() * n", Math.floor(random() * (last + 1)), { maximum: last });
    drawn.add(drawn.has(index) ? last : index);
  }
  return Float64Array.from(drawn, (index) => values[index]!).sort();
}

/** Cuts the points into the cells of ascending centroids, ties to the lower: cell i is points cuts[i] to cuts[i + 1]. */
export function cutCells(points: Float32Array, centroids: Float64Array): Uint32Array {
  const cuts = new Uint32Array(centroids.length + 1);
  for (const [i, upper] of centroids.entries()) {
    const lower = centroids[i - 1];
    if (lower !== undefined) cuts[i] = Math.max(cuts[i - 1]!, firstAbove(points, lower + (upper - lower) / 2));
  }
  cuts[centroids.length] = points.length;
  return cuts;
}
