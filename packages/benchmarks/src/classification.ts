/** The place of the largest of each row of scores, the first of equal ones. */
export function topClasses(scores: Float32Array, classes: number): readonly number[] {
  return Array.from({ length: scores.length / classes }, (_, row) => {
    const own = scores.subarray(row * classes, (row + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

/** How many of each hundred are the same. @throws RangeError unless there are as many of both, and one at least */
export function percentSame(ours: readonly (number | boolean)[], theirs: readonly (number | boolean)[]): number {
  if (ours.length !== theirs.length || ours.length === 0) {
    throw new RangeError(`ours: expected ${theirs.length} values, one or more, got ${ours.length}`);
  }
  return (100 * ours.filter((value, i) => value === theirs[i]).length) / ours.length;
}
