import { type ByteSource, readExactly } from "@deep-compression/bits";

/** One source over several, back to back. */
export function concatenatedSource(sources: readonly ByteSource[]): ByteSource {
  const starts: number[] = [];
  let byteLength = 0;
  for (const source of sources) {
    starts.push(byteLength);
    byteLength += source.byteLength;
  }
  /** Index of the last source that begins at a position or before it. */
  function indexAt(position: number): number {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
  async function gather(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    for (let i = indexAt(start); i < sources.length && starts[i]! < end; i++) {
      const from = Math.max(start - starts[i]!, 0);
      const length = Math.min(end - starts[i]!, sources[i]!.byteLength) - from;
      bytes.set(await readExactly(sources[i]!, from, length), starts[i]! + from - start);
    }
    return bytes;
  }
  return {
    byteLength,
    ...(sources.every(({ slices }) => slices === "copies") && { slices: "copies" as const }),
    slice(start, end = byteLength) {
      const last = Math.min(end, byteLength);
      if (start >= last) return new Uint8Array(0);
      const i = indexAt(start);
      const source = sources[i]!;
      const from = start - starts[i]!;
      return last - starts[i]! <= source.byteLength ? source.slice(from, last - starts[i]!) : gather(start, last);
    },
  };
}
