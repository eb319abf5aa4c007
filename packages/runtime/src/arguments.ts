/** No array of bytes is longer in today's engines. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/**
 * Checks an integer argument and returns it.
 *
 * @throws TypeError if it is no number, RangeError if it is no integer within the bounds; both name the argument,
 * what was expected and what came.
 */
export function checkInteger(
  name: string,
  value: number,
  bounds: { readonly minimum?: number; readonly maximum?: number } = {},
): number {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = bounds;
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  const message = `${name}: expected an integer in ${minimum}..${maximum}, got ${describeValue(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** Checks that an argument is a Uint8Array and returns it. @throws TypeError */
export function checkBytes(name: string, value: Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${name}: expected a Uint8Array, got ${describeValue(value)}`);
}

/** Checks that an argument is a Uint8Array or a Uint16Array and returns it. @throws TypeError */
export function checkCodes<C extends Uint8Array | Uint16Array>(name: string, value: C): C {
  if (value instanceof Uint8Array || value instanceof Uint16Array) return value;
  throw new TypeError(`${name}: expected a Uint8Array or a Uint16Array, got ${describeValue(value)}`);
}

/** Checks that an argument has named members, not a list's, and returns it. @throws TypeError */
export function checkObject<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !(Symbol.iterator in value)) return value;
  throw new TypeError(`${name}: expected an object, got ${describeValue(value)}`);
}

/** Checks that an argument is a text that UTF-8 can hold and returns it. @throws TypeError, RangeError */
export function checkText(name: string, value: string): string {
  if (typeof value !== "string") throw new TypeError(`${name}: expected a string, got ${describeValue(value)}`);
  if (!/\p{Surrogate}/u.test(value)) return value;
  throw new RangeError(`${name}: expected well-formed Unicode, got a lone surrogate`);
}

/** What came instead, for an error: a text in quotes and cut short, an object by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
