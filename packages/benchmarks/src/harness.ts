import type { BenchmarkRow } from "@deep-compression/experiments";

/** One line of the report. */
export type Row = BenchmarkRow;

/** What a case is run with. */
export interface CaseContext {
  /** Timed runs of each side of a contest. */
  readonly rounds: number;
  /** Scales the work of one run: 1 is what is reported, a small fraction tries the program out. */
  readonly effort: number;
  /** Tells the user what is going on; never on stdout. */
  readonly progress: (line: string) => void;
}

/** A few rows that share their preparation. It asserts that all sides agree before it times any. */
export interface Case {
  readonly name: string;
  run(context: CaseContext): Promise<readonly Row[]>;
}

export interface Figure extends Pick<Row, "name" | "unit" | "ours" | "peer" | "theirs"> {
  /** Which way the unit counts. Default "lower": seconds, bytes. */
  readonly better?: "lower" | "higher";
  readonly bar?: number;
  readonly goal?: number;
}

/** Two ways to do the same work. Both have been found to agree before they are timed. */
export interface Contest {
  readonly ours: () => unknown;
  readonly theirs: () => unknown;
}

export interface TimingOptions {
  /** Timed runs of each side. */
  readonly rounds: number;
  /** Untimed runs of each side before them, for caches and compilers. Default 1. */
  readonly warmUps?: number;
  /** A clock in milliseconds. Default performance.now. */
  readonly now?: () => number;
}

/** The middle value; the mean of the middle two of an even number. @throws RangeError if there is none or one is NaN */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("values: expected at least one number, got none");
  if (values.some(Number.isNaN)) throw new RangeError("values: expected numbers, got NaN");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Times both sides in turn, A B A B ..., so that a machine that slows down slows both.
 *
 * @returns the seconds of each timed run, in order
 * @throws RangeError unless `rounds` is an integer of at least 1
 */
export async function alternate(
  contest: Contest,
  options: TimingOptions,
): Promise<{ readonly ours: readonly number[]; readonly theirs: readonly number[] }> {
  const { rounds, warmUps = 1, now = () => performance.now() } = options;
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`rounds: expected an integer >= 1, got ${rounds}`);
  const seconds = async (run: () => unknown): Promise<number> => {
    globalThis.gc?.(); // what one side leaves behind is not collected at the other's expense
    const start = now();
    await run();
    return (now() - start) / 1000;
  };
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const [a, b] = [await seconds(contest.ours), await seconds(contest.theirs)];
    if (round < 0) continue;
    ours.push(a);
    theirs.push(b);
  }
  return { ours, theirs };
}

/** A figure with its ratio and verdict. @throws RangeError unless both sides are positive and finite, so that no NaN can pass */
export function toRow(figure: Figure): Row {
  const { name, unit, ours, peer, theirs, better = "lower", bar = null, goal = null } = figure;
  for (const [side, value] of Object.entries({ ours, theirs })) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(`${side} of "${name}": expected a positive, finite number, got ${value}`);
    }
  }
  const ratio = better === "lower" ? theirs / ours : ours / theirs;
  return { name, unit, ours, peer, theirs, ratio, bar, goal, pass: bar === null ? null : ratio >= bar };
}

/** A row of how many of some things are as they should be, all of them being the bar. @throws RangeError if none is */
export function toCountRow(figure: Pick<Figure, "name" | "unit" | "ours" | "peer" | "theirs">): Row {
  return toRow({ ...figure, better: "higher", bar: 1 });
}

/** How much more than theirs ours takes, as a fraction of theirs. Bars are the most it may be; below 0: less than theirs. */
export interface OverheadFigure extends Omit<Figure, "unit" | "better"> {
  /** What is counted: "bytes". */
  readonly counted: string;
}

/** As recorded results have it. */
const OVERHEAD_UNIT = "excess of ";

/** Whether a row's ratio is an overhead, by how much of theirs ours is above (or, negative, below) it, rather than a factor. */
export function isOverhead({ unit }: Pick<Row, "unit">): boolean {
  return unit.startsWith(OVERHEAD_UNIT);
}

/** A row whose ratio is ours over theirs, less one, and passes at most at its bar. @throws as {@link toRow} */
export function toOverheadRow(figure: OverheadFigure): Row {
  const { counted, bar = null, goal = null, ...rest } = figure;
  const row = toRow({ ...rest, unit: OVERHEAD_UNIT + counted });
  const ratio = (rest.ours - rest.theirs) / rest.theirs;
  return { ...row, ratio, bar, goal, pass: bar === null ? null : ratio <= bar };
}

/** The row of a contest: medians of alternated runs, each times `scale` (units a second; default 1: seconds). */
export async function compare(
  figure: Omit<Figure, "ours" | "theirs" | "better"> & { readonly scale?: number },
  contest: Contest,
  options: TimingOptions,
): Promise<Row> {
  const { scale = 1, ...rest } = figure;
  const times = await alternate(contest, options);
  return toRow({ ...rest, ours: scale * median(times.ours), theirs: scale * median(times.theirs) });
}
