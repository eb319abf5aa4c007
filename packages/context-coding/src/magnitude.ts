import { countOf, freshBit, learnt, probabilityOf } from "./adaptive-bit";
import { codeBit, type RangeCoder } from "./coding-interval";

/** Exponents of magnitudes up to 32,767. */
const EXPONENTS = 16;

/** Sums of neighbours' sizes, by how much they tell apart. */
export const NEARNESS = Uint8Array.of(
  ...[0, 1, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 6],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
);
const NEARNESS_STEPS = 8;

/** Bits of a mantissa that have a context each, from the highest: those above as long as they are fewer than so many. */
const PATH_CONTEXTS = 64;

/** What has been learnt of magnitudes; of negative ones first, then of positive ones. */
export interface MagnitudeBits {
  readonly lowest: number;
  readonly highest: number;
  /** Whether an exponent is greater, by itself and by neighbours; the second are made of the first when they are first met. */
  readonly exponents: Int32Array;
  readonly nearExponents: Int32Array;
  /** Mantissa bits by exponent and the bits above; and where these are too many, by exponent and place. */
  readonly paths: Int32Array;
  readonly places: Int32Array;
}

export function magnitudeBits(lowest: number, highest: number): MagnitudeBits {
  return {
    lowest,
    highest,
    exponents: new Int32Array(2 * EXPONENTS).fill(freshBit(32768, 0)),
    nearExponents: new Int32Array(2 * EXPONENTS * NEARNESS_STEPS),
    paths: new Int32Array(2 * EXPONENTS * PATH_CONTEXTS).fill(freshBit(32768, 1)),
    places: new Int32Array(2 * EXPONENTS * EXPONENTS).fill(freshBit(32768, 1)),
  };
}

/** How large a rank is: 0 of 0, else 2 and the binary logarithm, at most 8. */
export function sizeOf(rank: number): number {
  return Math.min(8, 32 - Math.clz32(2 * Math.abs(rank)));
}

/**
 * Codes a magnitude of at least 1: the floor of its binary logarithm in unary, then the bits below the highest.
 *
 * @param magnitude what an encoder codes
 * @param near the sum of {@link sizeOf} the neighbours, a mirrored one counted twice: 0..32
 */
export function codeMagnitude(
  bits: MagnitudeBits,
  coder: RangeCoder,
  magnitude: number,
  positive: number,
  near: number,
): number {
  const greatest = positive === 1 ? bits.highest : -bits.lowest;
  const greatestExponent = 31 - Math.clz32(greatest);
  const wanted = 31 - Math.clz32(magnitude);
  const side = positive * EXPONENTS;
  let exponent = 0;
  while (exponent < greatestExponent) {
    const found = codeExponent(bits, coder, exponent < wanted ? 1 : 0, side + exponent, NEARNESS[near]);
    if (found === 0) break;
    exponent++;
  }
  let path = 1;
  for (let place = exponent - 1; place >= 0; place--) {
    // A 1 that would go beyond the greatest magnitude is not coded.
    const open = (2 * path + 1) << place <= greatest;
    const bit = open ? codeMantissa(bits, coder, (magnitude >> place) & 1, side + exponent, path, place) : 0;
    path = 2 * path + bit;
  }
  return path;
}

function codeExponent(
  { exponents, nearExponents }: MagnitudeBits,
  coder: RangeCoder,
  bit: number,
  context: number,
  near: number,
) {
  const nearContext = NEARNESS_STEPS * context + near;
  let state = nearExponents[nearContext];
  if (countOf(state) === 0) state = ((exponents[context] >>> 10) << 10) | 4;
  const found = codeBit(coder, bit, probabilityOf(state));
  nearExponents[nearContext] = learnt(state, found);
  exponents[context] = learnt(exponents[context], found);
  return found;
}

function codeMantissa(
  bits: MagnitudeBits,
  coder: RangeCoder,
  bit: number,
  context: number,
  path: number,
  place: number,
) {
  const states = path < PATH_CONTEXTS ? bits.paths : bits.places;
  const at = path < PATH_CONTEXTS ? PATH_CONTEXTS * context + path : EXPONENTS * context + place;
  const found = codeBit(coder, bit, probabilityOf(states[at]));
  states[at] = learnt(states[at], found);
  return found;
}
