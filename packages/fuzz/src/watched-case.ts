import type { FuzzCase } from "./fuzz-case";
import { TARGETS } from "./targets";

// A worker that hangs cannot say in which case. So it leaves each case, before it runs it, in memory that it shares with
// the thread that watches it.

/** Numbers of a shared case: cases so far, its target, how many numbers, bytes, the numbers. */
const HEAD = 16;

/** More than any case has; what is longer is cut off. */
const MAX_BYTES = 2 ** 20;

/** Memory for the case that a worker is at. */
export function sharedCase(): SharedArrayBuffer {
  return new SharedArrayBuffer(8 * HEAD + MAX_BYTES);
}

/** What leaves cases in the shared memory. */
export function caseWriter(shared: SharedArrayBuffer): (input: FuzzCase) => void {
  const head = new Float64Array(shared, 0, HEAD);
  const room = new Uint8Array(shared, 8 * HEAD);
  return ({ target, numbers, bytes }) => {
    const kept = bytes.subarray(0, MAX_BYTES);
    const index = TARGETS.findIndex(({ name }) => name === target);
    head.set([casesBegun(shared) + 1, index, numbers.length, kept.length, ...numbers]);
    room.set(kept);
  };
}

/** How many cases a worker has begun. */
export function casesBegun(shared: SharedArrayBuffer): number {
  return new Float64Array(shared, 0, HEAD)[0]!;
}

/** The case that a worker began last, or undefined if it has begun none. */
export function lastCase(shared: SharedArrayBuffer): FuzzCase | undefined {
  const [begun, target = 0, numberCount, length, ...numbers] = new Float64Array(shared, 0, HEAD);
  if (begun === 0) return undefined;
  return {
    target: TARGETS[target]!.name,
    numbers: numbers.slice(0, numberCount),
    bytes: new Uint8Array(shared, 8 * HEAD, length).slice(),
  };
}
