// The state of an adaptive bit is two words: the probability of a 1 in units of 2^-22; and the count of what it has learnt from, as
// the place of its entry in the table of steps, which holds the step and the place of the next entry.

import { STEPS } from "./memory";

/** Bytes of a state, and of an entry in the table of steps. */
export const STATE: u32 = 8;

/** The probability that a coder takes, in units of 2^-16. Few are beyond its limits, and a branch that is foreseen costs little. */
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

/** The first word after a bit. (The product has 31 bits: steps above 4,096 are those of states that begin at a half.) */
// @ts-ignore: decorator
@inline export function learnt(state: u32, bit: u32, step: i32): u32 {
  return state + ((<i32>(bit << 22) - <i32>state >> 3) * step >> 10);
}

/** The state at an address, whose first word is `state`, learns a bit. */
// @ts-ignore: decorator
@inline export function learn(address: u32, state: u32, bit: u32): void {
  const count = load<u32>(address, 4);
  store<u32>(address, learnt(state, bit, stepOf(count)));
  store<u32>(address, counted(count), 4);
}

/** Fresh states; `probability` is in units of 2^-16. */
export function fill(address: u32, states: u32, probability: u32, count: u32): void {
  const end = address + STATE * states;
  for (; address < end; address += STATE) {
    store<u32>(address, probability << 6);
    store<u32>(address, count * STATE, 4);
  }
}
