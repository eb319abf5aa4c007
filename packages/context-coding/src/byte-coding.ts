import type { Codec, Decoder } from "@deep-compression/bits";
import { breather, checkBytes, checkInteger } from "@deep-compression/runtime";
import { type ByteModel, byteModel, codeByte } from "./byte-model";
import { decodingCoder, encodingCoder, type RangeCoder } from "./coding-interval";
import { expectEnd } from "./range-decoder";
import { finish } from "./range-encoder";

/** Bytes that a stream may hold: few bytes tell of any number, so that this bounds how long a decoder works. */
export const MAX_MIXED_BYTES = 2 ** 20;

/** Of a longer dictionary so many bytes count, the last ones. */
const MAX_DICTIONARY_BYTES = 2 ** 15;

/** Bytes between two looks at the clock: a fraction of a millisecond. */
const BYTES_A_STEP = 256;

/** What both sides of the codec must be told. */
export interface ByteCodingOptions {
  /** Bytes that are coded: 0..1,048,576. */
  readonly length: number;
  /** Bytes that are learnt from before the first, of which the last 32,768 count. */
  readonly dictionary?: Uint8Array;
}

/** What reads mixed bytes. */
export interface ByteDecoder extends Decoder<Uint8Array> {
  /** As `decode`, with turns for others in between. @throws as that */
  decodeInTurns(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A codec of bytes. */
export interface ByteCoding extends Codec<Uint8Array, Uint8Array>, ByteDecoder {}

const NOTHING = new Uint8Array(0);

/**
 * The codec of a known number of bytes that repeat themselves, such as names, text or the graph of a network: each is coded by what
 * stood behind bytes like the last ones, and several such guesses are mixed (docs/format.md, "Mixed bytes"). Of 20 models the
 * graphs take 42 to 87 % of what deflate makes of them. A byte that is foretold takes about 0.1 microseconds, another one 1 to 2.
 *
 * @throws TypeError, RangeError on wrong arguments, and in `encode` for bytes of another length
 * @throws FormatError in `decode` unless the bytes are the ones that encoding the result gives: "not-canonical", "trailing-data"
 */
export function byteCoding(options: ByteCodingOptions): ByteCoding {
  const { length, dictionary } = checked(options);
  return Object.freeze({
    ...byteDecoder(options),
    encode(bytes: Uint8Array) {
      if (checkBytes("bytes", bytes).length !== length)
        throw new RangeError(`bytes: expected ${length}, got ${bytes.length}`);
      const coder = encodingCoder();
      lastOf(coded(coder, bytes, dictionary));
      return finish(coder);
    },
  });
}

/** The half of {@link byteCoding} that reads: bundles with it alone are smaller. @throws as that */
export function byteDecoder(options: ByteCodingOptions): ByteDecoder {
  const { length, dictionary } = checked(options);

  function* decoding(bytes: Uint8Array): Generator<void, Uint8Array> {
    const coder = decodingCoder(checkBytes("bytes", bytes));
    const decoded = yield* coded(coder, new Uint8Array(length), dictionary);
    expectEnd(coder, 0);
    return decoded;
  }
  return Object.freeze({
    name: "byteCoding",
    decode: (bytes: Uint8Array) => lastOf(decoding(bytes)),
    async decodeInTurns(bytes: Uint8Array) {
      const steps = decoding(bytes);
      const breathe = breather();
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) await breathe();
      return step.value;
    },
  });
}

function checked({ length, dictionary = NOTHING }: ByteCodingOptions): Required<ByteCodingOptions> {
  checkInteger("length", length, { maximum: MAX_MIXED_BYTES });
  return { length, dictionary: checkBytes("dictionary", dictionary).slice(-MAX_DICTIONARY_BYTES) };
}

/** Codes bytes, step by step, by a model that has learnt from a dictionary: an encoder takes them from `bytes`. */
function* coded(coder: RangeCoder, bytes: Uint8Array, dictionary: Uint8Array): Generator<void, Uint8Array> {
  const model = byteModel(dictionary.length + bytes.length);
  const start = model.next + dictionary.length;
  model.bytes.set(dictionary, model.next);
  model.bytes.set(bytes, start);
  yield* codedUpTo(start, model, undefined);
  yield* codedUpTo(model.bytes.length, model, coder);
  return model.bytes.slice(start);
}

function* codedUpTo(end: number, model: ByteModel, coder: RangeCoder | undefined): Generator<void, void> {
  while (model.next < end) {
    const stop = Math.min(end, model.next + BYTES_A_STEP);
    while (model.next < stop) codeByte(model, coder);
    yield;
  }
}

/** What steps come to. */
function lastOf<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
