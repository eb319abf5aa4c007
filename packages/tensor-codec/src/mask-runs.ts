import { type Codes, FormatError } from "@deep-compression/bits";
import { type GapSummary, onesOfMask } from "@deep-compression/sparse";

/** A run token of this value stands for as many zeros and no one behind them. */
const CONTINUATION = 255;

/** Run tokens are symbols of this alphabet. */
export const TOKEN_ALPHABET = CONTINUATION + 1;

/** The ones of a mask's first bytes, each as the number of zeros before it (docs/format.md, "Runs of a mask"). */
export function runsOfMask(mask: Uint8Array): Uint8Array {
  const tokens = new Uint8Array(onesOfMask(mask) + Math.floor((8 * mask.length) / CONTINUATION));
  return tokens.slice(0, fillRuns(tokens, mask));
}

/** How many tokens there are. A loop of its own: an engine that optimizes it knows all of its function. */
function fillRuns(tokens: Uint8Array, mask: Uint8Array): number {
  let to = 0;
  let next = 0;
  for (let byte = 0; byte < mask.length; byte++) {
    for (let bits = mask[byte]!; bits !== 0; bits &= bits - 1) {
      const position = 8 * byte + 31 - Math.clz32(bits & -bits);
      let run = position - next;
      for (; run >= CONTINUATION; run -= CONTINUATION) tokens[to++] = CONTINUATION;
      tokens[to++] = run;
      next = position + 1;
    }
  }
  return to;
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

/** About how often each run token occurs, from the counts of the zeros before each one: exact where those are fewer than 255. */
export function tokenCounts({ low, high }: GapSummary): Uint32Array {
  const counts = low.slice();
  // So many zeros are a continuation and no zero more; of 256, zeros more, the least of which is left out here.
  counts[0]! += counts[CONTINUATION]!;
  counts[CONTINUATION]! += high;
  return counts;
}
