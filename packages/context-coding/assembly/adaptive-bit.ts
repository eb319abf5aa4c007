// A state is two words: the probability of a 1 in units of 2^-22, and where in the table of steps its count stands.

import { code } from "./coder";
import { STEPS } from "./memory";

/** The probability of a 1 in units of 2^-16 that the coder takes. */
// @ts-ignore: decorator
@inline export function probabilityOf(state: u32): u32 {
  let probability = state >> 6;
  if (probability - 16 > 65504) probability = probability < 16 ? 16 : 65520;
  return probability;
}

// @ts-ignore: decorator
@inline export function stepOf(count: u32): i32 {
  return load<i32>(count, STEPS);
}

// @ts-ignore: decorator
@inline export function counted(count: u32): u32 {
  return load<u32>(count, STEPS + 4);
}

// @ts-ignore: decorator
@inline export function moved(state: u32, bit: u32, step: i32): u32 {
  return state + ((<i32>(bit << 22) - <i32>state >> 3) * step >> 10);
}

// @ts-ignore: decorator
@inline export function learn(address: u32, state: u32, bit: u32): void {
  const count = load<u32>(address, 4);
  store<u32>(address, moved(state, bit, stepOf(count)));
  store<u32>(address, counted(count), 4);
}

/** Codes a bit by the state at an address, which learns it. */
// @ts-ignore: decorator
@inline export function codeBy(address: u32, bit: u32, limit: u32): u32 {
  const state = load<u32>(address);
  const found = code(bit, probabilityOf(state));
  const count = load<u32>(address, 4);
  store<u32>(address, moved(state, found, stepOf(count)));
  store<u32>(address, min(limit << 3, counted(count)), 4);
  return found;
}

/** Fresh states; `probability` is in units of 2^-16. */
export function fill(address: u32, count: u32, probability: u32, learnt: u32): void {
  const end = address + (count << 3);
  for (; address < end; address += 8) {
    store<u32>(address, probability << 6);
    store<u32>(address, learnt << 3, 4);
  }
}
