import { describeValue } from "@deep-compression/runtime";
import { FormatError, type StageDirection } from "./format-error";

/** A reversible step: `decode(encode(value))` equals `value`, and `encode(decode(encoded))` equals `encoded`. */
export interface Codec<Decoded, Encoded> {
  /** What errors call it. */
  readonly name: string;
  /** @throws TypeError, RangeError if the value has no encoding */
  encode(value: Decoded): Encoded;
  /** @throws FormatError if it is the encoding of no value */
  decode(encoded: Encoded): Decoded;
}

/** The half of a codec of bytes that reads them. */
export type Decoder<T> = Pick<Codec<T, Uint8Array>, "name" | "decode">;

/** A codec of whatever types. */
export interface Stage {
  readonly name: string;
  encode(value: never): unknown;
  decode(encoded: never): unknown;
}

/** What a codec encodes. */
export type Decoded<S> = S extends { encode(value: infer Value): unknown } ? Value : never;
/** What a codec decodes. */
export type Encoded<S> = S extends { decode(encoded: infer Value): unknown } ? Value : never;
/** What its functions give, which may be less general. */
type Encodes<S> = S extends { encode(value: never): infer Value } ? Value : never;
type Decodes<S> = S extends { decode(encoded: never): infer Value } ? Value : never;

/** What the compiler names where two neighbours do not fit. */
interface Misfit<Given, Taken> {
  readonly "the stage before gives": Given;
  readonly "this stage takes": Taken;
}

/** Nothing to ask of `Next` if each can take what the other gives. */
export type Fit<Before, Next> = [Encodes<Before>, Decodes<Next>] extends [Decoded<Next>, Encoded<Before>]
  ? unknown
  : Misfit<Encodes<Before>, Decoded<Next>>;

/** What the stages of a chain must be: each fits the one before, and the ends fit the chain's own. */
type Fitting<S extends readonly Stage[]> = {
  [I in keyof S]: S[I] & Fit<Before<S>[I & keyof Before<S>], S[I]> & Fit<S[I], Codec<Encoded<S[I]>, never>>;
};
type Before<S extends readonly Stage[]> = readonly [Codec<never, Decoded<S[0]>>, ...S];
type Last<S extends readonly Stage[]> = S extends readonly [...Stage[], infer L] ? L : never;

/**
 * The codec that encodes with each stage in turn, from the first to the last, and decodes the other way round. It is
 * called "a > b > c".
 *
 * Errors keep their class, and the name of the stage and the direction stand before their message; `cause` is the
 * original. A FormatError has the innermost `stage` and its `direction`. It has an `offset` if it is from the stage that
 * was given what the chain was given; those of other stages count in bytes that the caller never saw.
 *
 * @throws TypeError if there is no stage, or one is no codec
 */
export function chain<S extends readonly [Stage, ...Stage[]]>(
  ...stages: Fitting<S>
): Codec<Decoded<S[0]>, Encoded<Last<S>>>;
export function chain(...stages: readonly Codec<unknown, unknown>[]): Codec<unknown, unknown> {
  if (stages.length === 0) throw new TypeError("stages: expected at least one codec, got none");
  for (const [i, stage] of stages.entries()) checkCodec(`stages[${i}]`, stage);
  return Object.freeze({
    name: stages.map(({ name }) => name).join(" > "),
    encode: (value: unknown) => through(stages, "encode", value),
    decode: (encoded: unknown) => through([...stages].reverse(), "decode", encoded),
  });
}

function through(stages: readonly Codec<unknown, unknown>[], direction: StageDirection, given: unknown): unknown {
  return stages.reduce((value, stage, i) => {
    const place = { stage: stage.name, direction, start: i === 0 ? 0 : undefined };
    return inStage(place, () => stage[direction](value));
  }, given);
}

/** Checks that an argument is a codec and returns it. @throws TypeError */
export function checkCodec<C extends Stage>(name: string, codec: C): C {
  const { encode, decode } = codec ?? {};
  if (typeof encode === "function" && typeof decode === "function" && typeof codec.name === "string") return codec;
  throw new TypeError(`${name}: expected a codec { name, encode, decode }, got ${describeValue(codec)}`);
}

/** Where a stage stands. */
interface StagePlace {
  readonly stage: string;
  readonly direction: StageDirection;
  /** Where the bytes that it is given start among those that the caller gave; undefined if they are not among them. */
  readonly start: number | undefined;
}

/** What a stage gives. @throws what the stage throws: a FormatError, RangeError or TypeError with the place in front */
export function inStage<T>(place: StagePlace, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw placed(cause, place);
  }
}

function placed(cause: unknown, { start, ...place }: StagePlace): unknown {
  const message = `${place.stage}, ${place.direction}: ${cause instanceof Error ? cause.message : ""}`;
  if (cause instanceof FormatError) {
    const { code, tensor, section, stage = place.stage, direction = place.direction } = cause;
    const offset = start === undefined || cause.offset === undefined ? undefined : start + cause.offset;
    return new FormatError(code, message, { offset, tensor, section, stage, direction, cause });
  }
  if (cause instanceof RangeError) return new RangeError(message, { cause });
  return cause instanceof TypeError ? new TypeError(message, { cause }) : cause;
}
