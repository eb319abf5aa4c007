import { shortened } from "./message-text";

/** No array of bytes is longer in today's engines. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/** The least and the most that a number may be; `except`, if that one is none of them. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly except?: number;
}

/**
 * Checks an integer, by default of at least 0, and returns it.
 *
 * @throws TypeError if it is no number, RangeError if it is no integer within the limits
 */
export function checkInteger(name: string, value: number, limits: Omit<Limits, "except"> = {}): number {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = limits;
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  refuse(name, `an integer in ${minimum}..${maximum}`, value, "number");
}

/**
 * Checks a finite number and returns it.
 *
 * @throws TypeError if it is no number, RangeError if it is not finite or not within the limits
 */
export function checkNumber(name: string, value: number, limits: Limits = {}): number {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, except } = limits;
  if (Number.isFinite(value) && value >= minimum && value <= maximum && value !== except) return value;
  const but = except === undefined ? "" : ` except ${except}`;
  refuse(name, `a finite number in ${minimum}..${maximum}${but}`, value, "number");
}

/** Checks each number of a list as {@link checkNumber} does, and returns the list. @throws TypeError, RangeError */
export function checkNumbers<L extends ArrayLike<number>>(
  name: string,
  values: L,
  limits: Pick<Limits, "minimum"> = {},
): L {
  const { minimum = -Number.MAX_VALUE } = limits;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // A name for each would take longer than all else.
    if (!(value >= minimum && value <= Number.MAX_VALUE)) checkNumber(`${name}[${i}]`, value, limits);
  }
  return values;
}

/** Checks that a length is the one expected. @throws RangeError */
export function checkLength(name: string, length: number, expected: number): void {
  if (length !== expected) throw new RangeError(`${name}: expected ${expected} elements, got ${length}`);
}

/** Checks that an argument is one of some texts and returns it. @throws TypeError if it is no text, RangeError if it is another */
export function checkChoice<C extends string>(name: string, value: C, choices: readonly C[]): C {
  if (choices.includes(value)) return value;
  refuse(name, choices.map(describeValue).join(" or "), value, "string");
}

/** Checks that an argument is a typed array of one of some types and returns it. @throws TypeError */
export function checkTypedArray<A>(name: string, value: A, ...types: readonly (new (length: number) => A)[]): A {
  if (types.some((type) => value instanceof type)) return value;
  refuse(name, `a ${types.map((type) => type.name).join(" or a ")}`, value);
}

/** Checks that an argument is a Uint8Array and returns it. @throws TypeError */
export function checkBytes(name: string, value: Uint8Array): Uint8Array {
  return checkTypedArray(name, value, Uint8Array);
}

/** Checks that an argument is a Uint8Array or a Uint16Array and returns it. @throws TypeError */
export function checkCodes<C extends Uint8Array | Uint16Array>(name: string, value: C): C {
  return checkTypedArray<Uint8Array | Uint16Array>(name, value, Uint8Array, Uint16Array) as C;
}

/** Checks that an argument is a Float32Array and returns it. @throws TypeError */
export function checkFloats(name: string, value: Float32Array): Float32Array {
  return checkTypedArray(name, value, Float32Array);
}

/** Checks that an argument is an array, not one of numbers of one type, and returns it. @throws TypeError */
export function checkList<L extends readonly unknown[]>(name: string, value: L): L {
  if (Array.isArray(value)) return value;
  refuse(name, "an array", value);
}

/** Checks that an argument has named members, not a list's, and returns it. @throws TypeError */
export function checkObject<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !(Symbol.iterator in value)) return value;
  refuse(name, "an object", value);
}

/** Checks that an argument is a text that UTF-8 can hold and returns it. @throws TypeError, RangeError */
export function checkText(name: string, value: string): string {
  if (typeof value !== "string") refuse(name, "a string", value);
  if (!/\p{Surrogate}/u.test(value)) return value;
  throw new RangeError(`${name}: expected well-formed Unicode, got a lone surrogate`);
}

/** @throws RangeError for a value of the type that is wanted, TypeError for any other */
function refuse(name: string, expected: string, value: unknown, type?: "number" | "string"): never {
  const message = `${name}: expected ${expected}, got ${describeValue(value)}`;
  throw new (typeof value === type ? RangeError : TypeError)(message);
}

/** What came instead, for an error, in at most 40 characters: a text in quotes, an object by its kind. */
export function describeValue(value: unknown): string {
  if (Object(value) === value) return {}.toString.call(value).slice(8, -1); // of "[object Kind]"
  return shortened(typeof value === "string" ? JSON.stringify(value) : String(value), 40);
}
