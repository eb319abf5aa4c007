import { checkBytes, checkLength } from "@deep-compression/runtime";

/** Classes of lines are 0 (dead, not walked) to 15. */
export const MAX_CLASS = 15;

/** Some lines that follow each other in an axis' walk: `from` to `to`, not included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The live rows or columns of a matrix in the order of a walk: by class, then by index. `offsets` are their row-major
 * offsets (index * stride); absent: every line in its own place, which takes no memory.
 */
export interface Axis {
  readonly count: number;
  readonly stride: number;
  readonly offsets?: Uint32Array;
  /** The lines of each class that has some, ascending. */
  readonly groups: readonly LineRange[];
}

/** The axis of `lines` lines. TypeError or RangeError for classes that are not one of 0..15 a line; it names `name`. */
export function axisOf(
  name: string,
  classes: Uint8Array | undefined,
  { lines, stride }: { readonly lines: number; readonly stride: number },
): Axis {
  if (classes === undefined) return { count: lines, stride, groups: lines === 0 ? [] : [{ from: 0, to: lines }] };
  const starts = classStarts(classCounts(name, classes, lines));
  const groups = Array.from({ length: MAX_CLASS }, (_, i) => ({ from: starts[i + 1], to: starts[i + 2] }));
  const offsets = new Uint32Array(starts[MAX_CLASS + 1]);
  const next = starts.slice();
  for (let line = 0; line < lines; line++) {
    if (classes[line] !== 0) offsets[next[classes[line]]++] = line * stride;
  }
  return { count: offsets.length, stride, offsets, groups: groups.filter(({ from, to }) => from < to) };
}

/** The row-major offset of the i-th line of the walk. */
export function offsetOf({ offsets, stride }: Axis, i: number): number {
  return offsets === undefined ? i * stride : offsets[i];
}

function classCounts(name: string, classes: Uint8Array, lines: number): Uint32Array {
  checkLength(name, checkBytes(name, classes).length, lines);
  const counts = new Uint32Array(MAX_CLASS + 1);
  for (let line = 0; line < lines; line++) {
    if (classes[line] > MAX_CLASS) {
      throw new RangeError(`${name}[${line}]: expected a class of 0..${MAX_CLASS}, got ${classes[line]}`);
    }
    counts[classes[line]]++;
  }
  return counts;
}

/** starts[c] is the place of the first line of class c >= 1, starts[16] the end; class 0 has no place. */
function classStarts(counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(MAX_CLASS + 2);
  for (let c = 1; c <= MAX_CLASS; c++) starts[c + 1] = starts[c] + counts[c];
  return starts;
}
