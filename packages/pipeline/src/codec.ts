import { FormatError } from "@deep-compression/bits";

/** A reversible step: `decode(encode(value))` equals `value`, and `encode(decode(encoded))` equals `encoded`. */
export interface Codec<Decoded, Encoded> {
  /** What errors call it. */
  readonly name?: string;
  /** @throws TypeError, RangeError if the value has no code */
  encode(value: Decoded): Encoded;
  /** @throws FormatError if it is no code of any value */
  decode(encoded: Encoded): Decoded;
}

/**
 * The codec that encodes with `first` and then with `second`, and decodes the other way round.
 *
 * What a stage throws comes wrapped, with the stage's name and the direction before its message: a FormatError as a
 * FormatError of the same code and place, anything else as an Error; `cause` is the original.
 */
export function chain<A, B, C>(first: Codec<A, B>, second: Codec<B, C>): Codec<A, C> {
  const firstName = first.name ?? "first stage";
  const secondName = second.name ?? "second stage";
  return Object.freeze({
    name: `${firstName} > ${secondName}`,
    encode(value: A) {
      const between = staged(`${firstName}, encode`, () => first.encode(value));
      return staged(`${secondName}, encode`, () => second.encode(between));
    },
    decode(encoded: C) {
      const between = staged(`${secondName}, decode`, () => second.decode(encoded));
      return staged(`${firstName}, decode`, () => first.decode(between));
    },
  });
}

/** Runs one step; what it throws is wrapped with the step's name. */
function staged<T>(stage: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    const message = `${stage}: ${cause instanceof Error ? cause.message : String(cause)}`;
    if (!(cause instanceof FormatError)) throw new Error(message, { cause });
    const { code, offset, tensor, section } = cause;
    throw new FormatError(code, message, { offset, tensor, section, cause });
  }
}

/**
 * Runs `run`; a FormatError from it that names no tensor or has no offset is wrapped in one that does.
 *
 * @param place.offset where the section starts
 */
export function inTensor<T>(
  place: { readonly tensor: string; readonly section: string; readonly offset: number },
  run: () => T,
): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FormatError) || (cause.tensor !== undefined && cause.offset !== undefined)) throw cause;
    const message = `tensor "${place.tensor}", ${place.section}: ${cause.message}`;
    throw new FormatError(cause.code, message, { ...place, offset: cause.offset ?? place.offset, cause });
  }
}
