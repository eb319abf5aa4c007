import { FormatError } from "@deep-compression/bits";

/** What came of decoding: a value, or the error that refused the bytes. */
export type Outcome<T> = { readonly value: T } | { readonly refused: FormatError };

/** Runs a decoder; any error but FormatError goes on to the caller: that is a defect. */
export function outcomeOf<T>(decode: () => T): Outcome<T> {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof FormatError) return { refused: error };
    throw error;
  }
}

/** What {@link outcomeOf} gave, once more. @throws FormatError if the bytes were refused */
export function settled<T>(outcome: Outcome<T>): T {
  if ("refused" in outcome) throw outcome.refused;
  return outcome.value;
}

/** What all decoders give. @throws Error unless all refuse with one error code, or all give values that are `equal` */
export function agreeing<T>(
  name: string,
  [ours, ...twins]: readonly [Outcome<T>, ...Outcome<T>[]],
  equal: (a: T, b: T) => boolean,
): T {
  for (const twin of twins) {
    if ("value" in ours && "value" in twin) {
      if (!equal(ours.value, twin.value)) throw new Error(`${name}: the twins decode to different values`);
    } else if ("refused" in ours && "refused" in twin) {
      if (ours.refused.code !== twin.refused.code) {
        throw new Error(`${name}: one twin says ${ours.refused.code}, the other ${twin.refused.code}`);
      }
    } else {
      const [refused] = [ours, twin].flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : []));
      throw new Error(`${name}: one twin decodes what the other refuses: ${refused.code}, ${refused.message}`);
    }
  }
  return settled(ours);
}

/** Whether two arrays of numbers are the same, NaN equal to NaN and -0 apart from 0. */
export function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
