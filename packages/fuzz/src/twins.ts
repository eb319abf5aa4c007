import { FormatError } from "@deep-compression/bits";

/** What came of decoding: a value, or the error that refused the bytes. */
export type Outcome<T> = T | FormatError;

/** Runs a decoder; any error but FormatError goes on to the caller: that is a defect. */
export function outcomeOf<T>(decode: () => T): Outcome<T> {
  try {
    return decode();
  } catch (error) {
    return refusal(error);
  }
}

/** The error of a decoder, if it is a FormatError. @throws any other error */
export function refusal(error: unknown): FormatError {
  if (error instanceof FormatError) return error;
  throw error;
}

/**
 * What all decoders give.
 *
 * @throws FormatError if all refuse with one error code
 * @throws Error unless they do, or all give values that are `equal`
 */
export function agreeing<T>(
  name: string,
  [ours, ...twins]: readonly [Outcome<T>, ...Outcome<T>[]],
  equal: (a: T, b: T) => boolean,
): T {
  const oneSided = ({ code, message }: FormatError) =>
    new Error(`${name}: one twin decodes what the other refuses: ${code}, ${message}`);
  for (const twin of twins) {
    if (ours instanceof FormatError) {
      if (!(twin instanceof FormatError)) throw oneSided(ours);
      if (ours.code !== twin.code) throw new Error(`${name}: one twin says ${ours.code}, the other ${twin.code}`);
    } else {
      if (twin instanceof FormatError) throw oneSided(twin);
      if (!equal(ours, twin)) throw new Error(`${name}: the twins decode to different values`);
    }
  }
  if (ours instanceof FormatError) throw ours;
  return ours;
}

/** Whether two arrays of numbers are the same, NaN equal to NaN and -0 apart from 0. */
export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
