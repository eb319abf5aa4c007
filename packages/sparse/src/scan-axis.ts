import { checkBytes, checkLength } from "@deep-compression/runtime";

/** The highest density class; 0 is that of empty lines, which are not scanned. */
export const MAX_CLASS = 15;

/** Lines that follow each other in scan order: `from` to `to`, not included. */
export interface LineRange {
  readonly from: number;
  readonly to: number;
}

/** The non-empty rows, or columns, of a matrix in scan order: by class, then by index. */
export interface Axis {
  readonly stride: number;
  /** Row-major offsets of the lines, index * stride; absent: every line in its own place, which takes no memory. */
  readonly offsets?: Uint32Array;
  /** The lines of each class that has some, ascending. */
  readonly groups: readonly LineRange[];
}

/** The axis of `lines` lines. @throws TypeError, RangeError unless `classes`, called `name`, are one of 0..15 a line */
export function axisOf(
  name: string,
  classes: Uint8Array | undefined,
  { lines, stride }: { readonly lines: number; readonly stride: number },
): Axis {
  if (classes === undefined) return { stride, groups: lines === 0 ? [] : [{ from: 0, to: lines }] };
  const groups: LineRange[] = [];
  const next = new Uint32Array(MAX_CLASS + 1);
  let placed = 0;
  for (const [i, count] of classCounts(name, classes, lines).subarray(1).entries()) {
    next[i + 1] = placed;
    if (count > 0) groups.push({ from: placed, to: placed + count });
    placed += count;
  }
  const offsets = new Uint32Array(placed);
  for (const [line, lineClass] of classes.entries()) if (lineClass > 0) offsets[next[lineClass]!++] = line * stride;
  return { stride, offsets, groups };
}

/** The row-major offset of the i-th line in scan order. */
export function offsetOf({ offsets, stride }: Axis, i: number): number {
  return offsets === undefined ? i * stride : offsets[i]!;
}

function classCounts(name: string, classes: Uint8Array, lines: number): Uint32Array {
  checkLength(name, checkBytes(name, classes).length, lines);
  const counts = new Uint32Array(MAX_CLASS + 1);
  for (const [line, lineClass] of classes.entries()) {
    if (lineClass > MAX_CLASS) {
      throw new RangeError(`${name}[${line}]: expected a class of 0..${MAX_CLASS}, got ${lineClass}`);
    }
    counts[lineClass]!++;
  }
  return counts;
}
