import { STEPS } from "./memory";
import { code } from "./coder";

export const COUNT_LIMIT: u32 = 1000;

/** The state before it has learnt: `probability` is in units of 2^-16. */
// @ts-ignore: decorator
@inline export function freshBit(probability: u32, count: u32): u32 {
  return probability << 16 | count;
}

// @ts-ignore: decorator
@inline export function probabilityOf(state: u32): u32 {
  return min<u32>(65520, max<u32>(16, state >> 16));
}

// @ts-ignore: decorator
@inline export function learnt(state: u32, bit: u32, limit: u32): u32 {
  const count = state & 1023;
  const eighth = (<i32>(bit << 22) - <i32>(state >> 10)) >> 3;
  return state + (eighth * load<i32>((count << 2) + STEPS) & ~1023) + u32(count < limit);
}

/** Codes a bit by the state at an address, which learns it. */
// @ts-ignore: decorator
@inline export function codeBy(address: u32, bit: u32, limit: u32): u32 {
  const state = load<u32>(address);
  const found = code(bit, probabilityOf(state));
  store<u32>(address, learnt(state, found, limit));
  return found;
}

export function fill(address: u32, count: u32, state: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(address + (i << 2), state);
}
