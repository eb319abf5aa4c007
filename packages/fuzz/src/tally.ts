/** What became of the cases of one target. Plain data, so that workers can send it. */
export interface Tally {
  cases: number;
  /** Cases by outcome: "read", or the error code of the FormatError. */
  readonly outcomes: Record<string, number>;
  slowestMs: number;
  /** Most bytes that a case allocated, as far as the heap tells. */
  maxBytes: number;
}

/** A tally for each target, by name. */
export type Tallies = Record<string, Tally>;

/** Adds to the tally of a target, begun if there is none. */
export function addTally(tallies: Tallies, target: string, { cases, outcomes, slowestMs, maxBytes }: Tally): void {
  tallies[target] ??= { cases: 0, outcomes: {}, slowestMs: 0, maxBytes: 0 };
  const sum = tallies[target];
  sum.cases += cases;
  for (const [outcome, count] of Object.entries(outcomes)) sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + count;
  sum.slowestMs = Math.max(sum.slowestMs, slowestMs);
  sum.maxBytes = Math.max(sum.maxBytes, maxBytes);
}

/** The tallies of several workers as those of one. */
export function summed(all: readonly Tallies[]): Tallies {
  const sums: Tallies = {};
  for (const [target, tally] of all.flatMap(Object.entries<Tally>)) addTally(sums, target, tally);
  return sums;
}

/** A line a target: cases, the slowest, and the fraction of each outcome. */
export function tallyText(tallies: Tallies): string {
  return Object.entries(tallies)
    .sort(([, a], [, b]) => b.cases - a.cases)
    .map(([target, { cases, outcomes, slowestMs, maxBytes }]) => {
      const fractions = Object.entries(outcomes)
        .sort(([, a], [, b]) => b - a)
        .map(([outcome, number]) => `${outcome} ${((100 * number) / cases).toFixed(2)} %`);
      const most = `slowest ${slowestMs.toFixed(1)} ms, at most ${(maxBytes / 2 ** 20).toFixed(1)} MiB`;
      return `${target}: ${cases.toLocaleString("en-US")} cases (${most})\n  ${fractions.join(", ")}\n`;
    })
    .join("");
}
