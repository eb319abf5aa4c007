/** Every gap width's histogram at once: gaps - 1 modulo 256, and the sum of what is above. */
export interface GapSummary {
  readonly low: Uint32Array;
  readonly high: number;
}

/** Summaries of the gaps between ascending positions, one for each `chunk` entries; one at least. */
export function summarizeGaps(positions: Uint32Array, chunk = Number.POSITIVE_INFINITY): GapSummary[] {
  const summaries: GapSummary[] = [];
  let next = 0;
  for (let start = 0; start === 0 || start < positions.length; start += chunk) {
    const low = new Uint32Array(256);
    let high = 0;
    const end = Math.min(start + chunk, positions.length);
    for (let i = start; i < end; i++) {
      const gap = positions[i] - next;
      low[gap & 255]++;
      high += gap >>> 8;
      next = positions[i] + 1;
    }
    summaries.push({ low, high });
  }
  return summaries;
}

/**
 * Counts of the stored gaps at a width, and the number of fillers among them: a gap - 1 of g becomes g >> width fillers
 * of the longest gap and one entry of its low bits (docs/format.md, "Gaps").
 */
export function gapCounts(
  summary: GapSummary,
  width: number,
): { readonly counts: Uint32Array; readonly fillers: number } {
  const counts = new Uint32Array(2 ** width);
  let fillers = summary.high * 2 ** (8 - width);
  for (let gap = 0; gap < 256; gap++) {
    counts[gap & (counts.length - 1)] += summary.low[gap];
    fillers += summary.low[gap] * (gap >>> width);
  }
  counts[counts.length - 1] += fillers;
  return { counts, fillers };
}

/** Counts of the bytes of a mask with ones at the positions, one histogram for each `chunk` bytes; one at least. */
export function maskCounts(
  positions: Uint32Array,
  options: { readonly length: number; readonly chunk: number },
): Uint32Array[] {
  const bytes = Math.ceil(options.length / 8);
  const chunks = Array.from({ length: Math.max(1, Math.ceil(bytes / options.chunk)) }, () => new Uint32Array(256));
  let at = -1;
  let byte = 0;
  const filled = new Float64Array(chunks.length);
  const count = () => {
    if (at < 0) return;
    const chunk = Math.floor(at / options.chunk);
    chunks[chunk][byte]++;
    filled[chunk]++;
  };
  for (let i = 0; i < positions.length; i++) {
    const of = positions[i] >>> 3;
    if (of !== at) {
      count();
      at = of;
      byte = 0;
    }
    byte |= 1 << (positions[i] & 7);
  }
  count();
  chunks.forEach((counts, i) => {
    counts[0] += Math.min(options.chunk, bytes - i * options.chunk) - filled[i];
  });
  return chunks;
}
