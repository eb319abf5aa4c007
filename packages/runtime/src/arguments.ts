/** No array of bytes is longer in today's engines. */
export const MAX_ARRAY_BYTES = 2 ** 32;

/** What a number may be: finite, and within these limits. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly above?: number;
  readonly below?: number;
}

const LIMIT_WORDS = { minimum: "of at least", maximum: "at most", above: "above", below: "below" } as const;

/**
 * Checks an integer argument, by default at least 0, and returns it.
 *
 * @throws TypeError if it is no number, RangeError if it is no integer within the limits
 */
export function checkInteger(name: string, value: number, limits: Pick<Limits, "minimum" | "maximum"> = {}): number {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = limits;
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  throw wrongArgument(name, `an integer in ${minimum}..${maximum}`, { value, type: "number" });
}

/**
 * Checks a finite number and returns it.
 *
 * @throws TypeError if it is no number, RangeError if it is not finite or not within the limits
 */
export function checkNumber(name: string, value: number, limits: Limits = {}): number {
  const { minimum = -Number.MAX_VALUE, maximum = Number.MAX_VALUE } = limits;
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = limits;
  const within = value >= minimum && value <= maximum && value > above && value < below;
  if (typeof value === "number" && within) return value;
  const words = Object.entries(limits).map(([limit, bound]) => ` ${LIMIT_WORDS[limit as keyof Limits]} ${bound}`);
  throw wrongArgument(name, `a finite number${words.join(" and")}`, { value, type: "number" });
}

/** Checks that all numbers of a list are finite and at least `minimum`, and returns it. @throws RangeError that names the first that is not */
export function checkNumbers<L extends ArrayLike<number>>(
  name: string,
  values: L,
  limits: Pick<Limits, "minimum"> = {},
): L {
  const { minimum = -Number.MAX_VALUE } = limits;
  for (let i = 0; i < values.length; i++) {
    if (!(values[i] >= minimum && values[i] <= Number.MAX_VALUE)) checkNumber(`${name}[${i}]`, values[i], limits);
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
  throw wrongArgument(name, choices.map(describeValue).join(" or "), { value, type: "string" });
}

/** Checks that an argument is a typed array of one of some types and returns it. @throws TypeError */
export function checkTypedArray<A>(name: string, value: A, ...types: readonly (new (length: number) => A)[]): A {
  if (types.some((type) => value instanceof type)) return value;
  throw wrongArgument(name, types.map((type) => `a ${type.name}`).join(" or "), { value });
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
  throw wrongArgument(name, "an array", { value });
}

/** Checks that an argument has named members, not a list's, and returns it. @throws TypeError */
export function checkObject<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null && !(Symbol.iterator in value)) return value;
  throw wrongArgument(name, "an object", { value });
}

/** Checks that an argument is a text that UTF-8 can hold and returns it. @throws TypeError, RangeError */
export function checkText(name: string, value: string): string {
  if (typeof value !== "string") throw wrongArgument(name, "a string", { value });
  if (!/\p{Surrogate}/u.test(value)) return value;
  throw new RangeError(`${name}: expected well-formed Unicode, got a lone surrogate`);
}

/** A RangeError for a value of the type that is wanted, a TypeError for any other. */
function wrongArgument(
  name: string,
  expected: string,
  got: { readonly value: unknown; readonly type?: string },
): Error {
  const message = `${name}: expected ${expected}, got ${describeValue(got.value)}`;
  return typeof got.value === got.type ? new RangeError(message) : new TypeError(message);
}

/** What came instead, for an error: a text in quotes and cut short, an object by its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
