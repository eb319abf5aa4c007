/** Entries of one input and one code that share one product. */
export const QUAD = 4;
/** So many codes at most a quad is further on than the one before: 4 * output leaves two bits free. */
const LONGEST_STEP = 3;
/** Outputs that quads may have, since 4 * output is of 16 bits. */
export const QUAD_OUTPUTS = 16_384;

/** The quads of columns, one column at a time: which entries they take. */
export function columnQuads(entries: Uint16Array, codes: number) {
  const [counts, next, ends] = [new Uint32Array(codes), new Uint32Array(codes), new Uint32Array(codes)];
  return {
    /** Counts an entry of the column to come. */
    count(output: number, code: number): void {
      if (output < QUAD_OUTPUTS) counts[code]!++;
    },
    /** Makes room from `at` on for as many quads as the entries counted make, and gives where it ends. */
    begin(at: number): number {
      let [end, before] = [at + 1, 0];
      for (let code = 0; code < codes; code++) {
        const step = code - before;
        const length = step > LONGEST_STEP ? 0 : counts[code]! - (counts[code]! % QUAD);
        next[code] = end;
        if (length > 0) [entries[end], before] = [step, code];
        ends[code] = end += length;
      }
      counts.fill(0);
      entries[at] = (end - at - 1) / QUAD;
      return end;
    },
    /** Writes an entry to a quad of its code; false where none has room. */
    take(output: number, code: number): boolean {
      if (output >= QUAD_OUTPUTS || next[code] === ends[code]) return false;
      entries[next[code]!++]! += 4 * output;
      return true;
    },
  };
}

/** Tells `push` the entries of the quads that begin at `at`, and gives where other entries go. */
export function readQuads(entries: Uint16Array, at: number, push: (output: number, code: number) => void): number {
  const end = at + 1 + QUAD * entries[at]!;
  for (let code = 0, i = at + 1; i < end; i++) {
    if ((i - at) % QUAD === 1) code += entries[i]! & 3;
    push(entries[i]! >> 2, code);
  }
  return end;
}
