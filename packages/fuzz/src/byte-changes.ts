import { varint } from "@deep-compression/bits";

/** An integer from 0 up to, not including, `limit`. */
export function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

/** An element of a list that is not empty. */
export function oneOf<T>(random: () => number, list: readonly T[]): T {
  return list[below(random, list.length)]!;
}

/** Bytes at the ends of what a byte, a varint's byte or a width can be. */
const EXTREMES = [0, 1, 2, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** Varints at powers of two: lengths that lie. */
const LONG_VARINTS = [14, 16, 21, 28, 32, 35, 42, 52].map((exponent) => varint().encode(2 ** exponent));

type Change = (bytes: Uint8Array, random: () => number, donor: Uint8Array) => Uint8Array;

/** Another value for one byte, if there is one. */
function atOneByte(change: (byte: number, random: () => number) => number): Change {
  return (bytes, random) => {
    if (bytes.length === 0) return bytes;
    const at = below(random, bytes.length);
    return bytes.with(at, change(bytes[at]!, random));
  };
}

const flip = atOneByte((byte, random) => byte ^ (1 << below(random, 8)));

const overwrite = atOneByte((_, random) => (random() < 0.5 ? oneOf(random, EXTREMES) : below(random, 256)));

const nudge = atOneByte((byte, random) => byte + below(random, 17) - 8);

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
const CHANGES = [flip, flip, flip, overwrite, overwrite, nudge, nudge, truncate, remove, insert, repeat, lie, cross];

/** One to three changes; `donor` is another input of the same kind. The bytes given are left as they are. */
export function changedBytes(bytes: Uint8Array, random: () => number, donor: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let left = 1 + below(random, 3); left > 0; left--) changed = oneOf(random, CHANGES)(changed, random, donor);
  return changed;
}

/** A number beside the one given, or at an extreme, within 0 and `most`. */
export function changedNumber(value: number, random: () => number, most: number): number {
  const near = [-1, 1, -8, 8].map((step) => value + step);
  const chosen = oneOf(random, [...near, 2 * value, value >>> 1, 0, 1, most, below(random, 1 + most)]);
  return Math.min(most, Math.max(0, chosen));
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array = new Uint8Array(0)): Uint8Array {
  return joined(bytes.subarray(0, at), added, bytes.subarray(Math.min(bytes.length, at + removed)));
}

/** The parts one after the other, in memory of their own. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
