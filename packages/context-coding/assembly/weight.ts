// Codes sign and magnitude of a weight: the twin of magnitude.ts.

import { learn, probabilityOf, STATE } from "./adaptive-bit";
import { code } from "./coder";
import { sizesAround } from "./columns";
import { EXPONENTS, NEAR_EXPONENTS, NEARNESS, PATHS, PLACES, SIGNS } from "./memory";

let least: u32 = 0;
let greatest: u32 = 0;

export function startWeights(lowest: i32, highest: i32): void {
  least = -lowest;
  greatest = highest;
}

/** How large a rank is: 0 of 0, else 2 and the binary logarithm, at most 8. */
// @ts-ignore: decorator
@inline export function sizeOf(magnitude: u32): u32 {
  return min<u32>(8, 32 - clz<u32>(2 * magnitude));
}

// @ts-ignore: decorator
@inline function codeBy(address: u32, bit: u32): u32 {
  const state = load<u32>(address);
  const found = code(bit, probabilityOf(state));
  learn(address, state, found);
  return found;
}

/** Whether a weight is positive. */
// @ts-ignore: decorator
@inline export function codeSign(positive: u32, context: u32): u32 {
  if (!least || !greatest) return u32(!least);
  return codeBy(SIGNS + STATE * context, positive);
}

/** Codes a magnitude of at least 1: the floor of its binary logarithm in unary, then the bits below the highest. */
// @ts-ignore: decorator
@inline export function codeMagnitude(magnitude: u32, positive: u32, around: u32): u32 {
  const near: u32 = load<u8>(NEARNESS + sizesAround(around));
  const most = positive ? greatest : least;
  const mostExponent: u32 = 31 - clz(most);
  const wanted: u32 = 31 - clz(magnitude);
  const side = positive << 4;
  let exponent: u32 = 0;
  while (exponent < mostExponent && codeExponent(u32(exponent < wanted), side + exponent, near)) exponent++;
  let path: u32 = 1;
  for (let place = <i32>exponent - 1; place >= 0; place--) {
    let bit: u32 = 0;
    if (((path << 1 | 1) << place) <= most) {
      const address = path < 64
        ? PATHS + STATE * (side + exponent << 6 | path)
        : PLACES + STATE * (side + exponent << 4 | place);
      bit = codeBy(address, magnitude >> place & 1);
    }
    path = path << 1 | bit;
  }
  return path;
}

// @ts-ignore: decorator
@inline function codeExponent(bit: u32, context: u32, near: u32): u32 {
  const parent = EXPONENTS + STATE * context;
  const child = NEAR_EXPONENTS + STATE * (context << 3 | near);
  const parentState = load<u32>(parent);
  if (!load<u32>(child, 4)) {
    store<u32>(child, parentState);
    store<u32>(child, 4 * STATE, 4);
  }
  const found = codeBy(child, bit);
  learn(parent, parentState, found);
  return found;
}
