import { type ByteSource, concatenated, readExactly } from "@deep-compression/bits";

/** Files back to back as one source. A slice of a single file is that file's own, not a copy. */
export function concatenatedSource(sources: readonly ByteSource[]): ByteSource {
  const starts = startsOf(sources);
  const byteLength = starts.at(-1)!;
  const slice = async (start: number, end = byteLength): Promise<Uint8Array> => {
    const parts: Uint8Array[] = [];
    const stop = Math.min(end, byteLength);
    for (let i = sourceAt(starts, start), at = start; at < stop; at = starts[++i]!) {
      const length = Math.min(stop, starts[i + 1]!) - at;
      parts.push(await readExactly(sources[i]!, at - starts[i]!, length));
    }
    return concatenated(parts);
  };
  return { byteLength, slice };
}

/** Where each source begins, and where the last one ends. */
export function startsOf(sources: readonly ByteSource[]): readonly number[] {
  const starts = [0];
  for (const { byteLength } of sources) starts.push(starts.at(-1)! + byteLength);
  return starts;
}

/** Index of the source with this byte: the last that begins at or before it. */
function sourceAt(starts: readonly number[], position: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= position) low = middle;
    else high = middle;
  }
  return low;
}
