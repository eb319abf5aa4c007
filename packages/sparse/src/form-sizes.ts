import { checkInteger } from "@deep-compression/runtime";
import { checkPositions } from "./check-arguments";
import { MAX_LENGTH } from "./value-arrays";

// Sizes are exact, in bits, before entropy coding and before padding to whole bytes.

const WIDTHS = { minimum: 1, maximum: 8 } as const;

/** How many fillers gaps of `gapBits` (1 to 8) need: a gap g needs floor((g - 1) / 2^gapBits). @throws RangeError */
export function fillerCount(positions: Uint32Array, gapBits: number): number {
  checkInteger("gapBits", gapBits, WIDTHS);
  checkPositions(positions, MAX_LENGTH);
  return countFillers(positions, gapBits);
}

/** The bits of a relative index: (non-zeros + fillers) * (gapBits + valueBits). @throws TypeError, RangeError */
export function gapVectorBits(
  positions: Uint32Array,
  options: { readonly length: number; readonly gapBits: number; readonly valueBits: number },
): number {
  checkInteger("gapBits", options.gapBits, WIDTHS);
  checkBits("valueBits", options.valueBits);
  checkPositions(positions, options.length);
  return (positions.length + countFillers(positions, options.gapBits)) * (options.gapBits + options.valueBits);
}

/**
 * The gap width, 1 to 8 bits, of the smallest relative index, with its size and its fillers; ties to the smaller width.
 *
 * @throws RangeError if positions are not strictly ascending and under the length
 */
export function cheapestGapBits(
  vector: { readonly length: number; readonly positions: Uint32Array },
  options: { readonly valueBits: number },
): { readonly gapBits: number; readonly bits: number; readonly fillers: number } {
  checkBits("valueBits", options.valueBits);
  checkPositions(vector.positions, vector.length);
  const costs = Array.from({ length: WIDTHS.maximum }, (_, i) => {
    const gapBits = i + 1;
    const fillers = countFillers(vector.positions, gapBits);
    return { gapBits, bits: (vector.positions.length + fillers) * (gapBits + options.valueBits), fillers };
  });
  return costs.reduce((best, cost) => (cost.bits < best.bits ? cost : best));
}

interface LineSizes {
  readonly rows: number;
  readonly columns: number;
  readonly nonZeros: number;
  readonly valueBits: number;
  /** Default 32. */
  readonly indexBits?: number;
  /** Default 32. */
  readonly startBits?: number;
}

/** The bits of CSR: nonZeros * (valueBits + indexBits) + (rows + 1) * startBits. @throws TypeError, RangeError */
export function csrBits(options: LineSizes): number {
  return lineBits(options, options.rows);
}

/** The bits of CSC: nonZeros * (valueBits + indexBits) + (columns + 1) * startBits. @throws TypeError, RangeError */
export function cscBits(options: LineSizes): number {
  return lineBits(options, options.columns);
}

/** The bits of a bitmask: length + nonZeros * valueBits. @throws TypeError, RangeError */
export function bitmaskBits(options: {
  readonly length: number;
  readonly nonZeros: number;
  readonly valueBits: number;
}): number {
  checkInteger("length", options.length, { maximum: MAX_LENGTH });
  checkInteger("nonZeros", options.nonZeros, { maximum: options.length });
  checkBits("valueBits", options.valueBits);
  return options.length + options.nonZeros * options.valueBits;
}

function lineBits(options: LineSizes, lines: number): number {
  const { rows, columns, nonZeros, valueBits, indexBits = 32, startBits = 32 } = options;
  checkInteger("rows", rows, { maximum: MAX_LENGTH });
  checkInteger("columns", columns, { maximum: MAX_LENGTH });
  checkInteger("nonZeros", nonZeros, { maximum: Math.min(rows * columns, MAX_LENGTH) });
  checkBits("valueBits", valueBits);
  checkBits("indexBits", indexBits);
  checkBits("startBits", startBits);
  return nonZeros * (valueBits + indexBits) + (lines + 1) * startBits;
}

/** `fillerCount` for positions already checked. */
export function countFillers(positions: Uint32Array, gapBits: number): number {
  let fillers = 0;
  let next = 0;
  for (let i = 0; i < positions.length; i++) {
    fillers += (positions[i]! - next) >>> gapBits;
    next = positions[i]! + 1;
  }
  return fillers;
}

function checkBits(name: string, bits: number): void {
  checkInteger(name, bits, { maximum: 64 });
}
