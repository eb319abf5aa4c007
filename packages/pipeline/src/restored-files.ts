import { type ByteSource, concatenated } from "@deep-compression/bits";
import type { Envelope } from "@deep-compression/container";
import type { ModelFile } from "@deep-compression/model-io";
import { fileNames } from "./model-formats";

/** Gives bytes `from` up to `to` of those that stood in a hole, by its number. */
export type FillHole = (hole: number, from: number, to: number) => Promise<Uint8Array>;

/**
 * The files of an envelope as they were, but for what coding lost: each slice is put together when it is asked for, from the
 * skeleton and from what fills the holes that it meets.
 */
export function restoredFiles(envelope: Envelope, fill: FillHole): readonly ModelFile[] {
  const whole = restoredBytes(envelope, fill);
  let start = 0;
  const names = fileNames(envelope);
  return envelope.files.map(({ byteLength }, i) => {
    const first = start;
    start += byteLength;
    const slice = (from: number, to = byteLength) => {
      const end = Math.min(to, byteLength);
      return whole(first + Math.min(from, end), first + end);
    };
    return { name: names[i]!, source: { byteLength, slice } };
  });
}

/** The bytes from `start` up to `end` of all files back to back. */
function restoredBytes(
  { holes, skeleton }: Envelope,
  fill: FillHole,
): (start: number, end: number) => Promise<Uint8Array> {
  // A hole and the bytes of the skeleton in front of it make a stretch; the last stretch has no hole.
  const ends = [...holes.map(({ start, length }) => start + length), Number.POSITIVE_INFINITY];
  const inHoles = [0]; // bytes of holes in front of each stretch
  for (const { length } of holes) inHoles.push(inHoles.at(-1)! + length);
  return async (start, end) => {
    const parts: Uint8Array[] = [];
    for (let stretch = firstAbove(ends, start), at = start; at < end; stretch++) {
      const hole = holes[stretch];
      const plainEnd = Math.min(end, hole?.start ?? end);
      if (at < plainEnd) {
        parts.push(skeleton.subarray(at - inHoles[stretch]!, plainEnd - inHoles[stretch]!));
        at = plainEnd;
      }
      if (hole === undefined || at >= end) continue;
      const to = Math.min(end, hole.start + hole.length);
      if (to > at) parts.push(await fill(stretch, at - hole.start, to - hole.start));
      at = to;
    }
    return concatenated(parts);
  };
}

/** Index of the first number above `value` of a rising list whose last one is infinite. */
function firstAbove(rising: readonly number[], value: number): number {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Fills holes from whole ones, of which the last is kept: files are read in order, a hole often in several slices. */
export function filledFrom(whole: (hole: number) => Promise<Uint8Array>): FillHole {
  let last: { readonly hole: number; readonly bytes: Promise<Uint8Array> } | undefined;
  return async (hole, from, to) => {
    if (last?.hole !== hole) last = { hole, bytes: whole(hole) };
    return (await last.bytes).subarray(from, to);
  };
}

/** Bytes of a part of a file that is written at once. */
const PART_BYTES = 2 ** 24;

/** All bytes of a source, part by part. */
export async function* partsOf({ byteLength, slice }: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < byteLength; start += PART_BYTES) {
    yield await slice(start, Math.min(byteLength, start + PART_BYTES));
  }
}
