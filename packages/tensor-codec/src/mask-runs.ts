import { type Codes, FormatError } from "@deep-compression/bits";

/** A run token of this value stands for as many zeros and no one behind them. */
const CONTINUATION = 255;

/** Run tokens are symbols of this alphabet. */
export const TOKEN_ALPHABET = CONTINUATION + 1;

/** The ones of a mask's first bytes, each as the number of zeros before it (docs/format.md, "Runs of a mask"). */
export function runsOfMask(mask: Uint8Array): Uint8Array {
  const tokens = new Uint8Array(countTokens(mask));
  let to = 0;
  eachRun(mask, (run) => {
    const continuations = Math.floor(run / CONTINUATION);
    tokens.fill(CONTINUATION, to, to + continuations);
    to += continuations;
    tokens[to++] = run % CONTINUATION;
  });
  return tokens;
}

function countTokens(mask: Uint8Array): number {
  let tokens = 0;
  eachRun(mask, (run) => {
    tokens += 1 + Math.floor(run / CONTINUATION);
  });
  return tokens;
}

/** The zeros before each one. */
function eachRun(mask: Uint8Array, take: (run: number) => void): void {
  let next = 0;
  for (let byte = 0; byte < mask.length; byte++) {
    for (let bits = mask[byte]!; bits !== 0; bits &= bits - 1) {
      const position = 8 * byte + 31 - Math.clz32(bits & -bits);
      take(position - next);
      next = position + 1;
    }
  }
}

/**
 * Sets the ones that run tokens tell in the first `runBytes` bytes of a mask of zeros.
 *
 * @param options.offset of the tokens, for errors
 * @throws FormatError "out-of-range" for a one behind those bytes; "not-canonical" if the last token is a continuation
 */
export function writeRuns(
  mask: Uint8Array,
  tokens: Codes,
  { runBytes, offset }: { readonly runBytes: number; readonly offset: number },
): void {
  const end = 8 * runBytes;
  let position = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    position += token;
    if (token === CONTINUATION) continue;
    if (position >= end) {
      throw new FormatError("out-of-range", `runs of more than ${runBytes} bytes of the mask`, { offset });
    }
    mask[position >>> 3]! |= 1 << (position & 7);
    position++;
  }
  if (tokens[tokens.length - 1] === CONTINUATION) {
    throw new FormatError("not-canonical", "the last run of the mask has no one behind it", { offset });
  }
}

/** How often each run token occurs for ones at ascending scan positions `from` <= p < `to`, counted from `from`. */
export function tokenCounts(
  positions: Uint32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Uint32Array {
  const counts = new Uint32Array(TOKEN_ALPHABET);
  let next = from;
  for (let i = firstFrom(positions, from); i < positions.length && positions[i]! < to; i++) {
    const run = positions[i]! - next;
    counts[CONTINUATION]! += Math.floor(run / CONTINUATION);
    counts[run % CONTINUATION]!++;
    next = positions[i]! + 1;
  }
  return counts;
}

/** The first entry at a scan position or behind it. */
export function firstFrom(positions: Uint32Array, position: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positions[middle]! >= position) high = middle;
    else low = middle + 1;
  }
  return low;
}
