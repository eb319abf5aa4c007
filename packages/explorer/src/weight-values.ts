/** Numbers counted in equal intervals, and the distinct ones among them. */
export interface ValueSummary {
  /** The least and the greatest finite number; 0 if there is none. */
  readonly from: number;
  readonly to: number;
  /** How many finite numbers are in each interval from the least to the greatest, zeros aside. */
  readonly counts: readonly number[];
  readonly zeros: number;
  /** NaN and infinities. */
  readonly notFinite: number;
  /** Every value and how often it stands there, ascending; absent if there are more than {@link MOST_DISTINCT}. */
  readonly distinct?: readonly { readonly value: number; readonly count: number }[];
}

/** Distinct values that are listed; of more, none are. */
export const MOST_DISTINCT = 1024;

/** @param bins number of intervals */
export function summarizeValues(values: Float32Array, bins: number): ValueSummary {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < from) from = value;
    if (value > to) to = value;
  }
  const counts = new Array<number>(bins).fill(0);
  const distinct = distinctValues(values);
  if (from > to) return { from: 0, to: 0, counts, zeros: 0, notFinite: values.length, ...(distinct && { distinct }) };
  const scale = to > from ? bins / (to - from) : 0;
  let [zeros, notFinite] = [0, 0];
  for (const value of values) {
    if (value === 0) zeros++;
    else if (!Number.isFinite(value)) notFinite++;
    else counts[Math.min(bins - 1, Math.floor(scale * (value - from)))]!++;
  }
  return { from, to, counts, zeros, notFinite, ...(distinct && { distinct }) };
}

function distinctValues(values: Float32Array): ValueSummary["distinct"] {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1); // a Map takes 0 and -0 for one
    if (counts.size > MOST_DISTINCT) return undefined;
  }
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => a.value - b.value);
}
