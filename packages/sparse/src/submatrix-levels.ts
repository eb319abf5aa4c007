import { bernoulliBits } from "./density-classes";
import { type Layout, MAX_LEVEL, scanOf } from "./scan-order";

/**
 * Levels of the submatrices of a layout, the sparsest first, so that those of like density follow each other in the scan
 * (docs/format.md, "Layout"): each level has about as many bits of their Bernoulli entropy as any other. Levels are numbered
 * without a gap; undefined if there is one only.
 *
 * @param layout without levels
 * @param positions scan positions of the non-zeros, strictly ascending
 */
export function submatrixLevels(layout: Layout, positions: Uint32Array): Uint8Array | undefined {
  const { submatrices } = scanOf(layout);
  let entry = 0;
  const densities = submatrices.map(({ start, size, outer }, at) => {
    const area = (outer.to - outer.from) * size;
    const first = entry;
    while (entry < positions.length && positions[entry]! < start + area) entry++;
    return { at, density: (entry - first) / area, bits: bernoulliBits(entry - first, area) };
  });
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
