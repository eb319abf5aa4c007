/** An integer from 0 up to, not including, `limit`. */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

/** An element of a list that is not empty. */
export function oneOf<T>(random: () => number, list: readonly T[]): T {
  return list[below(random, list.length)];
}

/** Bytes at the ends of what a byte, a varint's byte or a width can be. */
const EXTREMES = [0, 1, 2, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** Varints at powers of two: lengths that lie. */
const LONG_VARINTS = [14, 16, 21, 28, 32, 35, 42, 52].map((exponent) => {
  const bytes: number[] = [];
  for (let rest = 2 ** exponent; rest >= 1; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes[bytes.length - 1] &= 0x7f;
  return Uint8Array.from(bytes);
});

type Change = (bytes: Uint8Array, random: () => number, donor: Uint8Array) => Uint8Array;

const flip: Change = (bytes, random) => {
  const changed = bytes.slice();
  if (changed.length > 0) changed[below(random, changed.length)] ^= 1 << below(random, 8);
  return changed;
};

const overwrite: Change = (bytes, random) => {
  const changed = bytes.slice();
  if (changed.length > 0)
    changed[below(random, changed.length)] = random() < 0.5 ? oneOf(random, EXTREMES) : below(random, 256);
  return changed;
};

const nudge: Change = (bytes, random) => {
  const changed = bytes.slice();
  if (changed.length > 0) changed[below(random, changed.length)] += below(random, 17) - 8;
  return changed;
};

const truncate: Change = (bytes, random) => bytes.slice(0, below(random, bytes.length + 1));

const remove: Change = (bytes, random) => spliced(bytes, below(random, bytes.length + 1), 1 + below(random, 8));

const insert: Change = (bytes, random) => {
  const added = Uint8Array.from({ length: 1 + below(random, 6) }, () => below(random, 256));
  return spliced(bytes, below(random, bytes.length + 1), 0, added);
};

const repeat: Change = (bytes, random) => {
  const at = below(random, bytes.length + 1);
  return spliced(bytes, at, 0, bytes.subarray(at, at + 1 + below(random, 16)));
};

const lie: Change = (bytes, random) => spliced(bytes, below(random, bytes.length + 1), 1, oneOf(random, LONG_VARINTS));

/** The front of one and the back of another. */
const cross: Change = (bytes, random, donor) => {
  const at = below(random, bytes.length + 1);
  const back = donor.subarray(below(random, donor.length + 1));
  return spliced(bytes, at, random() < 0.5 ? bytes.length : back.length, back);
};

/** The likelier the change keeps the rest of the bytes in their places, the oftener it is made. */
const CHANGES: readonly Change[] = [
  flip,
  flip,
  flip,
  overwrite,
  overwrite,
  nudge,
  nudge,
  truncate,
  remove,
  insert,
  repeat,
  lie,
  cross,
];

/** One to three changes; `donor` is another input of the same kind. The bytes given are left as they are. */
export function changedBytes(bytes: Uint8Array, random: () => number, donor: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let left = 1 + below(random, 3); left > 0; left--) changed = oneOf(random, CHANGES)(changed, random, donor);
  return changed;
}

/** A number beside the one given, or at an extreme, within 0 and `most`. */
export function changedNumber(value: number, random: () => number, most: number): number {
  const candidates = [
    value - 1,
    value + 1,
    value - 8,
    value + 8,
    2 * value,
    value >>> 1,
    0,
    1,
    most,
    below(random, 1 + most),
  ];
  return Math.min(most, Math.max(0, oneOf(random, candidates)));
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array = new Uint8Array(0)): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const result = new Uint8Array(at + added.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(rest, at + added.length);
  return result;
}
