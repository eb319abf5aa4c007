import { deflatePieces } from "@deep-compression/bits/deflate";
import { bytePlanes } from "./byte-planes";
import { leastDeflatedBytes } from "./deflate-estimate";

/** A way to deflate elements. */
export interface DeflateAttempt {
  readonly form: "deflated" | "planes";
  /** Bytes of an element. */
  readonly size: number;
  /** Of deflate: see `DeflateOptions` of bits. */
  readonly matches: "all" | "runs";
}

/** An attempt and its stream. */
export interface DeflatedElements extends DeflateAttempt {
  readonly stream: Uint8Array;
}

/** What deflate may leave of elements that have repetitions; of normally distributed floats it leaves 0.93. */
const REPETITIVE = 0.8;

/** Planes of so many elements are blocks of their own, each with its prefix codes: 3 to 20 % fewer bytes of floats. */
const MIN_BLOCK_ELEMENTS = 64;

/** Whether elements of so many bits can be stored in planes. */
export function hasPlanes(bits: number): boolean {
  return bits >= 16;
}

/** The attempt that takes the fewest bytes, if those are fewer than so many, and its stream. Those that cannot are not made. */
export function deflatedBelow(
  elements: Uint8Array,
  options: { readonly bits: number; readonly bytes: number; readonly level: number },
): DeflatedElements | undefined {
  const { bits, bytes, level } = options;
  const size = hasPlanes(bits) ? bits / 8 : 1;
  const least = leastDeflatedBytes(elements, size);
  const better = (attempt: DeflateAttempt, best?: DeflatedElements) => {
    const most = best?.stream.length ?? bytes;
    if (least[attempt.form === "planes" ? "planes" : "plain"] >= most) return best;
    const stream = deflated(elements, attempt, { level, maxLength: most - 1 });
    return stream === undefined ? best : { ...attempt, stream };
  };
  const plain: DeflateAttempt = { form: "deflated", size: 1, matches: "all" };
  if (!hasPlanes(bits)) return better({ form: "deflated", size: 1, matches: "runs" }, better(plain));
  const runs: DeflateAttempt = { form: "planes", size, matches: "runs" };
  // Matches within planes go with matches of whole elements; where there are none, only runs are left to find.
  if (least.plain >= REPETITIVE * elements.length) return better(plain, better(runs));
  // Of zeros among distinct values only the runs repeat, and as elements lie they are longest.
  const asTheyLie = better({ form: "deflated", size: 1, matches: "runs" }, better(plain));
  return better(runs, better({ form: "planes", size, matches: "all" }, asTheyLie));
}

/** A longer search is worth its time where this much or less is left: level 9 takes up to ten times as long as 6. */
const WORTH_SEARCHING = 0.995;

/** Elements of more bytes are not searched longer. */
const SEARCHED_BYTES = 2 ** 25;

/** The level for all elements: pruned floats and tables of few values leave 1 to 10 % less at 9, noise nothing. */
export function levelOf(best: DeflatedElements, sample: Uint8Array, length: number): number {
  if (best.matches === "runs" || length > SEARCHED_BYTES) return 6;
  const maxLength = Math.floor(WORTH_SEARCHING * best.stream.length);
  return deflated(sample, best, { level: 9, maxLength }) === undefined ? 6 : 9;
}

/** The stream of an attempt; undefined if it takes more than `maxLength` bytes. */
export function deflated(
  elements: Uint8Array,
  { form, size, matches }: DeflateAttempt,
  options: { readonly level: number; readonly maxLength: number },
): Uint8Array | undefined {
  if (options.maxLength <= 0) return undefined;
  const { length } = elements;
  if (form === "deflated") return deflatePieces([elements], { ...options, length, matches });
  const count = length / size;
  return deflatePieces(bytePlanes(elements, size), {
    ...options,
    length,
    matches,
    ...(count >= MIN_BLOCK_ELEMENTS && { blockLength: count }),
  });
}
