// The range coder, both directions: docs/format.md, "Context". What an encoder writes begins at the end of all other memory, which
// grows with it; a decoder reads there.

export const WORD_BITS: u64 = 16;
export const LEAST_RANGE: u64 = 1 << 32;
const WINDOW: u64 = 1 << 48;

export let encoding: bool = false;
/** Of a decoder where the bytes are in the interval; of an encoder minus its low end, so that a 0 takes the same from both. */
export let place: u64 = 0;
export let range: u64 = 0;
/** The coded bytes: their first, the next one to read or write, and the one behind the last. */
let start: u32 = 0;
let at: u32 = 0;
let end: u32 = 0;
/** Whether there was no memory for what is written. */
let full: bool = false;

export function startEncoding(bytes: u32): void {
  encoding = true;
  place = 0;
  range = WINDOW - 1;
  start = at = bytes;
  end = <u32>memory.size() << 16;
  full = false;
}

export function startDecoding(bytes: u32, length: u32): void {
  encoding = false;
  range = WINDOW - 1;
  start = bytes;
  end = bytes + length;
  place = windowAt(bytes);
  at = bytes + 6;
}

function byteAt(address: u32): u32 {
  return address < end ? load<u8>(address) : 0;
}

function windowAt(address: u32): u64 {
  let window: u64 = 0;
  for (let i: u32 = 0; i < 6; i++) window = window << 8 | byteAt(address + i);
  return window;
}

export function setInterval(newPlace: u64, newRange: u64): void {
  place = newPlace;
  range = newRange;
}

/** Codes a bit: an encoder writes it, a decoder finds it. */
// @ts-ignore: decorator
@inline export function code(bit: u32, probability: u32): u32 {
  const bound = (range >> WORD_BITS) * <u64>probability;
  const within = place;
  const found = encoding ? bit : u32(within < bound);
  const left = found ? bound : range - bound;
  place = within - (found ? 0 : bound);
  range = left;
  if (left < LEAST_RANGE) widen();
  return found;
}

/** Multiplies a range that has become too small, and moves a word into the window, or out of it. */
export function widen(): void {
  range <<= WORD_BITS;
  if (!encoding) {
    place = place << WORD_BITS | byteAt(at) << 8 | byteAt(at + 1);
    at += 2;
    return;
  }
  const low = lowEnd();
  append(<u32>(low >> 32) & 0xffff);
  place = -(low << WORD_BITS & WINDOW - 1);
}

/** The low end of an encoder's interval within the window: what is above has been carried. */
function lowEnd(): u64 {
  const low = -place;
  if (low >= WINDOW) carry();
  return low & WINDOW - 1;
}

function append(word: u32): void {
  if (at + 2 > end) {
    if (memory.grow(16) < 0) {
      full = true;
      at = start;
      return;
    }
    end = <u32>memory.size() << 16;
  }
  store<u8>(at, word >> 8);
  store<u8>(at + 1, word);
  at += 2;
}

function carry(): void {
  let last = at - 1;
  while (last > start && load<u8>(last) == 255) store<u8>(last--, 0);
  store<u8>(last, load<u8>(last) + 1);
}

/** Writes the rest. @returns the number of bytes, or -1 if there was no memory for them */
export function finish(): i32 {
  let low = -place;
  let step: u64 = 1;
  while (low && (low + 2 * step - 1) / (2 * step) * (2 * step) < range - place) step *= 2;
  place = -((low + step - 1) / step * step);
  low = lowEnd();
  append(<u32>(low >> 32));
  append(<u32>(low >> 16) & 0xffff);
  append(<u32>low & 0xffff);
  while (at > start && !load<u8>(at - 1)) at--;
  return full ? -1 : at - start;
}

/** Whether the bytes end as an encoder of the same bits ends them. */
export function endsWell(): bool {
  if (end > at || (end > start && !load<u8>(end - 1))) return false;
  const window = windowAt(at - 6);
  const step = window ? window & -window : WINDOW;
  return place < range && step > place && step >= range - place;
}
