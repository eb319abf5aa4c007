/** Groups that stand side by side. */
export const SIDE = 4;
/** Most offsets of groups of no output: three at each of the lengths below four. */
export const PADDING = 3 * (1 + 2 + 3);

/** Some entries of one group, which are summed together. */
interface Piece {
  readonly start: number;
  readonly group: number;
}

/** What groups are written to, behind what is there. */
export interface Room {
  readonly runs: number[];
  readonly groups: number[];
  readonly room: { readonly offsets: Uint16Array; used: number };
}

/**
 * Writes the groups of a tile, the longest first, four of one length side by side. Where less than four are left of a length, each is cut into
 * four pieces of a lesser one and what remains; only the lengths that cannot be cut are filled up with groups of no output.
 */
export function writeGroups(
  { starts, sorted, codes }: { readonly starts: Uint32Array; readonly sorted: Uint16Array; readonly codes: number },
  { runs, groups, room }: Room,
): void {
  const outputs = (starts.length - 1) / codes;
  const { order, firsts } = byLength(starts);
  const cut: Piece[][] = [];
  for (let length = firsts.length - 2; length > 0; length--) {
    const pieces: Piece[] = cut[length] ?? [];
    delete cut[length];
    for (let i = firsts[length]!; i < firsts[length + 1]!; i++) {
      const key = order[i]!;
      const output = Math.floor(key / codes);
      pieces.push({ start: starts[key]!, group: (output | ((key - output * codes) << 16)) >>> 0 });
    }
    const whole = length < SIDE ? pieces.length : pieces.length - (pieces.length % SIDE);
    for (const { start, group } of pieces.slice(whole)) {
      const quarter = length >> 2;
      const ends = [0, 1, 2, 3].map((part) => ({ start: start + part * quarter, group }));
      cut[quarter] = [...(cut[quarter] ?? []), ...ends];
      if (length % SIDE === 0) continue;
      cut[length % SIDE] = [...(cut[length % SIDE] ?? []), { start: start + SIDE * quarter, group }];
    }
    if (whole === 0) continue;
    runs.push(length, Math.ceil(whole / SIDE));
    for (let piece = 0; piece < Math.ceil(whole / SIDE) * SIDE; piece++) {
      const { start, group } = piece < whole ? pieces[piece]! : { start: -1, group: outputs };
      groups.push(group);
      const at = room.used + (piece % SIDE);
      for (let k = 0; k < length; k++) room.offsets[at + SIDE * k] = start < 0 ? 0 : sorted[start + k]!;
      if (piece % SIDE === SIDE - 1) room.used += SIDE * length;
    }
  }
}

/** The possible groups by their length. */
function byLength(starts: Uint32Array): { readonly order: Uint32Array; readonly firsts: Uint32Array } {
  const keys = starts.length - 1;
  let longest = 0;
  for (let key = 0; key < keys; key++) longest = Math.max(longest, starts[key + 1]! - starts[key]!);
  const firsts = new Uint32Array(longest + 2);
  for (let key = 0; key < keys; key++) firsts[starts[key + 1]! - starts[key]! + 1]!++;
  for (let length = 0; length <= longest; length++) firsts[length + 1]! += firsts[length]!;
  const next = firsts.slice();
  const order = new Uint32Array(keys);
  for (let key = 0; key < keys; key++) order[next[starts[key + 1]! - starts[key]!]!++] = key;
  return { order, firsts };
}
