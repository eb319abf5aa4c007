import { type Codes, FormatError } from "@deep-compression/bits";

/** A run token of this value stands for as many dominant symbols and no other symbol behind them. */
const CONTINUATION = 255;

/** Run tokens are symbols of this alphabet. */
export const TOKEN_ALPHABET = CONTINUATION + 1;

/** Symbols as runs of the dominant one (docs/format.md, "Run lengths"). */
export interface RunLengths {
  readonly dominant: number;
  /** Length of the run before each other symbol, behind a continuation (255) for each 255 of it. */
  readonly tokens: Uint8Array;
  /** The symbols that are not dominant, in order. */
  readonly others: Codes;
}

/** The symbols as runs of `dominant` and the others; what is dominant behind the last other needs no token. */
export function toRunLengths(symbols: Codes, dominant: number): RunLengths {
  let others = 0;
  let continuations = 0;
  for (let i = 0, run = 0; i < symbols.length; i++) {
    if (symbols[i] === dominant) {
      run++;
    } else {
      others++;
      continuations += Math.floor(run / CONTINUATION);
      run = 0;
    }
  }
  const runs = {
    dominant,
    tokens: new Uint8Array(others + continuations),
    others: symbols instanceof Uint8Array ? new Uint8Array(others) : new Uint16Array(others),
  };
  for (let i = 0, run = 0, token = 0, other = 0; other < others; i++) {
    if (symbols[i] === dominant) {
      run++;
    } else {
      for (; run >= CONTINUATION; run -= CONTINUATION) runs.tokens[token++] = CONTINUATION;
      runs.tokens[token++] = run;
      runs.others[other++] = symbols[i];
      run = 0;
    }
  }
  return runs;
}

/** Number of other symbols that run tokens call for. */
export function othersOf(tokens: Codes): number {
  let others = 0;
  for (let i = 0; i < tokens.length; i++) if (tokens[i] < CONTINUATION) others++;
  return others;
}

/**
 * Fills `symbols` from what {@link toRunLengths} made.
 *
 * @param offset of the stream, for errors
 * @throws FormatError "out-of-range" if there are more symbols, "not-canonical" if the dominant one is among the others
 * or the last run token is a continuation
 */
export function fromRunLengths(
  { dominant, tokens, others }: { readonly dominant: number; readonly tokens: Codes; readonly others: Codes },
  symbols: Codes,
  offset: number,
): void {
  if (tokens[tokens.length - 1] === CONTINUATION) {
    throw new FormatError("not-canonical", "the last run has no symbol behind it", { offset });
  }
  symbols.fill(dominant);
  let at = 0;
  for (let i = 0, other = 0; i < tokens.length; i++) {
    at += tokens[i];
    if (tokens[i] === CONTINUATION) continue;
    if (at >= symbols.length) {
      throw new FormatError("out-of-range", `runs of more than ${symbols.length} symbols`, { offset });
    }
    if (others[other] === dominant) {
      throw new FormatError("not-canonical", "the dominant symbol stands among the others", { offset });
    }
    symbols[at++] = others[other++];
  }
}
