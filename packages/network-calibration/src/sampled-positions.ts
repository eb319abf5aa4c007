/**
 * Positions out of several batches, at most so many in all: one at random out of each of as many equal stretches, so that all batches
 * and all places have their part.
 *
 * @param counts positions of each batch
 * @returns for each batch its positions, ascending
 */
export function sampledPositions(
  counts: readonly number[],
  options: { readonly most: number; readonly random: () => number },
): readonly Uint32Array[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const wanted = Math.min(total, options.most);
  const stretch = wanted === 0 ? 0 : total / wanted;
  const chosen = Array.from({ length: wanted }, (_, i) => {
    if (wanted === total) return i;
    const [from, to] = [Math.floor(i * stretch), Math.floor((i + 1) * stretch)];
    return from + Math.floor(options.random() * (to - from));
  });
  let start = 0;
  let at = 0;
  return counts.map((count) => {
    const end = start + count;
    const from = at;
    while (at < chosen.length && chosen[at]! < end) at++;
    const own = Uint32Array.from(chosen.slice(from, at), (position) => position - start);
    start = end;
    return own;
  });
}

/** Rows that tell the second moments of a layer's inputs well enough: so many a column, and no fewer than this in all. */
const [ROWS_A_COLUMN, LEAST_ROWS] = [256, 4096];

/** Rows that a layer of so many columns is looked at by: few for a depthwise convolution, of which each group has its own. */
export function rowsFor(columns: number, samples: number): number {
  return Math.min(samples, Math.max(LEAST_ROWS, ROWS_A_COLUMN * columns));
}

/** A seed for each name (FNV-1a), so that a choice does not depend on those before it. */
export function seedOf(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
