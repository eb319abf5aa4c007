/** Chunks that lie one behind the other, to be decoded by a worker. */
export interface DecodeTask {
  /** Of all prefix codes, one behind the other: see multi-symbol-table.ts. */
  readonly lookUps: Int32Array;
  /** By chunk. */
  readonly tableNumbers: Uint8Array;
  readonly chunkLengths: Uint32Array;
  readonly symbolBytes: number;
  /** Symbols of all chunks. */
  readonly count: number;
  /** Their place, on shared memory; without one the worker sends an array of its own. */
  readonly output: Uint8Array | undefined;
  /** The bytes of the chunks. */
  readonly input: Uint8Array;
}

/**
 * What a worker of {@link decodePool} runs, as text, so that a bundler has nothing to find. Its pool's setup is the WebAssembly
 * module of the decoder's kernels. It answers each {@link DecodeTask} (docs/format.md, "Chunks") with the symbols, or with
 * nothing if they are not valid.
 */
export const WORKER_SOURCE = `
serve((module) => {
  const kernels = new WebAssembly.Instance(module).exports;
  const at = Object.fromEntries(Object.entries(kernels).map(([name, { value }]) => [name, value]));
  const memory = new Uint8Array(kernels.memory.buffer);

  function decode({ lookUps, tableNumbers, chunkLengths, input, symbolBytes, count, output }) {
    const size = (at.CODED - at.TABLE) / 4;
    const target = output ?? new Uint8Array(count * symbolBytes);
    let loaded;
    for (let chunk = 0, from = 0, to = 0; chunk < chunkLengths.length; from += chunkLengths[chunk++]) {
      const sizes = [0, 2, 4].map((place) => input[from + place] | (input[from + place + 1] << 8));
      const coded = chunkLengths[chunk] - 6;
      const last = coded - sizes[0] - sizes[1] - sizes[2];
      if (last < 0 || coded > at.CODED_BYTES) return undefined;
      if (tableNumbers[chunk] !== loaded) {
        loaded = tableNumbers[chunk];
        new Int32Array(memory.buffer, at.TABLE, size).set(lookUps.subarray(loaded * size, (loaded + 1) * size));
      }
      // Shared memory is copied five times as fast if words align: the symbols' place is free until there are any.
      const skipped = (input.byteOffset + from + 6) % 8;
      memory.set(new Uint8Array(input.buffer, input.byteOffset + from + 6 - skipped, skipped + coded), at.SYMBOLS);
      memory.copyWithin(at.CODED, at.SYMBOLS + skipped, at.SYMBOLS + skipped + coded);
      const symbols = Math.min(65536, count - to / symbolBytes);
      if (kernels.decodeChunk(symbolBytes, symbols, ...sizes, last) < 0) return undefined;
      target.set(memory.subarray(at.SYMBOLS, at.SYMBOLS + symbols * symbolBytes), to);
      to += symbols * symbolBytes;
    }
    return target;
  }

  return (task) => {
    const value = decode(task);
    return { value, transfer: value && !task.output ? [value.buffer] : [] };
  };
});
`;
