import { FormatError } from "@deep-compression/bits";
import { freshBit, learnt, MAX_PROBABILITY, MIN_PROBABILITY } from "./adaptive-bit";
import { codeBit, type RangeCoder } from "./coding-interval";
import { STRETCH } from "./logistic";
import { type LogisticMixer, learnWeights, logisticMixer, mixed } from "./logistic-mixer";

/** Bytes before those of a model, all 0: contexts look back so far. */
const MARGIN = 8;

/** Bytes that are equal where a match begins, and up to which its length is counted. */
const LEAST_MATCH = 4;
const LONGEST_MATCH = 16;

/** A match of this length goes on, from none, behind a byte that it did not foretell. */
const LASTING_MATCH = 8;

const HIT_CONTEXTS = 5;
const BIT_CONTEXTS = 7;

/** Places and states are found by so many bits of a hash. */
const PLACE_MASK = 2 ** 16 - 1;
const HIT_MASK = 2 ** 18 - 1;
const BIT_MASK = 2 ** 20 - 1;

/** The count at which states stop to grow slower: bytes of a place tell more of the next ones than bytes of long ago. */
const COUNT_LIMIT = 14;

/** What has been learnt of bytes, and what foretells the next. */
export interface ByteModel {
  /** Eight zeros and the bytes: an encoder has them, a decoder writes them there. */
  readonly bytes: Uint8Array;
  /** Where the next one stands. */
  next: number;
  /** Where a byte stands that foretells the next, for it stood behind the same bytes; 0 if there is none. */
  match: number;
  /** How many of those before it: at most 16. */
  matchLength: number;
  /** A hash of the letters that the bytes end with. */
  word: number;
  /** Where a byte stands behind four others, by the hash of these; 0 if there is none. */
  readonly places: Int32Array;
  /** Whether a match foretells the byte. */
  readonly hits: FoundBits;
  /** The bits of other bytes. */
  readonly bits: FoundBits;
}

/** Adaptive bits that are found by hashes, several for each bit that is coded. */
interface FoundBits {
  readonly states: Int32Array;
  /** Those that foretell the next bit. */
  readonly chosen: Int32Array;
  readonly mixer: LogisticMixer;
}

/** A model that has learnt nothing, for bytes behind a margin. */
export function byteModel(length: number): ByteModel {
  return {
    bytes: new Uint8Array(MARGIN + length),
    next: MARGIN,
    match: 0,
    matchLength: 0,
    word: 0,
    places: new Int32Array(PLACE_MASK + 1),
    hits: foundBits(HIT_MASK + 1, HIT_CONTEXTS, 1),
    bits: foundBits(BIT_MASK + 1, BIT_CONTEXTS, 2),
  };
}

function foundBits(states: number, contexts: number, sets: number): FoundBits {
  return {
    states: new Int32Array(states).fill(freshBit(32768, 0)),
    chosen: new Int32Array(contexts),
    mixer: logisticMixer(contexts, sets),
  };
}

/**
 * Codes the next byte: whether it is the one that is foretold, and if it is not, or none is, its bits. Without a coder the byte is
 * there, and only learnt.
 *
 * @throws FormatError "not-canonical" if a decoder finds the bits of the one that was foretold
 */
export function codeByte(model: ByteModel, coder?: RangeCoder): void {
  const { bytes, next, match } = model;
  const foretold = match === 0 ? undefined : bytes[match]!;
  const hit = foretold !== undefined && codeHit(model, coder, foretold);
  bytes[next] = hit ? foretold : codeBits(model, coder, foretold);
  if (!hit && bytes[next] === foretold) {
    const offset = coder && Math.min(coder.position, coder.bytes.length);
    throw new FormatError("not-canonical", "a byte is coded that was foretold", { offset });
  }
  goOn(model, hit);
}

/** Whether the next byte is the foretold one. */
function codeHit(model: ByteModel, coder: RangeCoder | undefined, foretold: number): boolean {
  const { bytes, next, match, matchLength, hits } = model;
  const { chosen } = hits;
  const inMatch = fold(fold(1, foretold), matchLength);
  const afterTwo = fold(fold(fold(3, foretold), bytes[next - 1]!), bytes[next - 2]!);
  chosen[0] = inMatch & HIT_MASK;
  chosen[1] = fold(inMatch, bytes[next - 1]!) & HIT_MASK;
  chosen[2] = afterTwo & HIT_MASK;
  chosen[3] = fold(fold(afterTwo, bytes[next - 3]!), bytes[next - 4]!) & HIT_MASK;
  chosen[4] = fold(fold(5, foretold), next - match) & HIT_MASK;
  return codeFoundBit(hits, coder, bytes[next] === foretold ? 1 : 0, 0) === 1;
}

/** The next byte, bit by bit from the highest. */
function codeBits(
  { bytes, next, match, matchLength, word, bits }: ByteModel,
  coder: RangeCoder | undefined,
  foretold = -1,
): number {
  const { chosen } = bits;
  const last = bytes[next - 1]!;
  const fourth = bytes[next - 4]!;
  const behind = match > 0 && match + 1 < next ? bytes[match + 1]! : 0;
  const failed = fold(1, foretold);
  const afterTwo = fold(fold(2, last), bytes[next - 2]!);
  const afterFailed = fold(failed, last);
  const beforeBehind = fold(fold(3, foretold), behind);
  const inMatch = fold(fold(4, foretold), matchLength);
  const inWord = fold(5, word);
  const inFour = fold(6, fourth);
  const inEight = fold(inFour, bytes[next - 8]!);
  const set = foretold < 0 ? 0 : 1;
  const value = bytes[next]! | 256;
  let path = 1;
  for (let place = 7; place >= 0; place--) {
    chosen[0] = fold(afterTwo, path) & BIT_MASK;
    chosen[1] = fold(afterFailed, path) & BIT_MASK;
    chosen[2] = fold(beforeBehind, path) & BIT_MASK;
    chosen[3] = fold(inMatch, path) & BIT_MASK;
    chosen[4] = fold(inWord, path) & BIT_MASK;
    chosen[5] = fold(inFour, path) & BIT_MASK;
    chosen[6] = fold(inEight, path) & BIT_MASK;
    path = 2 * path + codeFoundBit(bits, coder, (value >> place) & 1, set);
  }
  return path & 255;
}

/** Codes a bit by the states that were chosen for it, with a set of their weights. */
function codeFoundBit(
  { states, chosen, mixer }: FoundBits,
  coder: RangeCoder | undefined,
  wanted: number,
  set: number,
): number {
  const { logits } = mixer;
  for (let i = 0; i < chosen.length; i++) logits[i] = STRETCH[states[chosen[i]!]! >>> 20]!;
  const probability = mixed(mixer, set);
  const coded = Math.max(MIN_PROBABILITY, Math.min(MAX_PROBABILITY, probability));
  const bit = coder === undefined ? wanted : codeBit(coder, wanted, coded);
  learnWeights(mixer, set, bit, probability);
  for (let i = 0; i < chosen.length; i++) states[chosen[i]!] = learnt(states[chosen[i]!]!, bit, COUNT_LIMIT);
  return bit;
}

/** Goes on behind the next byte, which the match has foretold or not. */
function goOn(model: ByteModel, hit: boolean): void {
  const { bytes, places } = model;
  const byte = bytes[model.next++]!;
  model.word = isLetter(byte) ? fold(model.word, byte) : 0;
  model.match = hit || model.matchLength >= LASTING_MATCH ? model.match + 1 : 0;
  model.matchLength = hit ? Math.min(model.matchLength + 1, LONGEST_MATCH) : 0;
  const { next } = model;
  if (next < MARGIN + LEAST_MATCH) return;
  let hash = 0;
  for (let back = 1; back <= LEAST_MATCH; back++) hash = fold(hash, bytes[next - back]!);
  const place = places[hash & PLACE_MASK]!;
  places[hash & PLACE_MASK] = next;
  if (model.matchLength > 0 || place === 0) return;
  const length = equalBytes(bytes, place, next);
  if (length < LEAST_MATCH) return;
  model.match = place;
  model.matchLength = length;
}

/** How many bytes are equal before two places, the first of which is behind the margin. */
function equalBytes(bytes: Uint8Array, place: number, next: number): number {
  let length = 0;
  while (length < LONGEST_MATCH && place - length > MARGIN && bytes[place - 1 - length] === bytes[next - 1 - length])
    length++;
  return length;
}

/** A hash of a hash and one number more. */
function fold(hash: number, value: number): number {
  const product = Math.imul(hash + value, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** Whether a byte is a letter of ASCII or "_". */
function isLetter(byte: number): boolean {
  return (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 95;
}
