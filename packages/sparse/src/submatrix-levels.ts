import { bernoulliBits } from "./density-classes";
import { MAX_LEVEL } from "./scan-order";
import type { SubmatrixCounts } from "./submatrix-counts";

/**
 * Levels of the submatrices of a layout, the sparsest first, so that those of like density follow each other in the scan
 * (docs/format.md, "Layout"): each level has about as many bits of their Bernoulli entropy as any other. Levels are numbered
 * without a gap; undefined if there is one only.
 *
 * @param submatrices in the order of a scan without levels
 */
export function submatrixLevels(
  submatrices: readonly Pick<SubmatrixCounts, "elements" | "entries">[],
): Uint8Array | undefined {
  const densities = submatrices.map(({ elements, entries }, at) => ({
    at,
    density: entries / elements,
    bits: bernoulliBits(entries, elements),
  }));
  const total = densities.reduce((sum, { bits }) => sum + bits, 0);
  const levels = new Uint8Array(submatrices.length);
  let [before, last, used] = [0, -1, -1];
  for (const { at, bits } of densities.sort((a, b) => a.density - b.density || a.at - b.at)) {
    const wanted = Math.min(MAX_LEVEL, Math.floor(((MAX_LEVEL + 1) * before) / Math.max(total, 1)));
    if (wanted !== last) used++;
    last = wanted;
    levels[at] = used;
    before += bits;
  }
  return used > 0 ? levels : undefined;
}
