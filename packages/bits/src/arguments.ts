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
  const message = `${name}: expected an integer in ${minimum}..${maximum}, got ${String(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** Checks that an argument is a Uint8Array and returns it. @throws TypeError */
export function checkBytes(name: string, value: Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`${name}: expected a Uint8Array, got ${describe(value)}`);
}

/** Checks that an argument is a Uint8Array or a Uint16Array and returns it. @throws TypeError */
export function checkCodes<C extends Uint8Array | Uint16Array>(name: string, value: C): C {
  if (value instanceof Uint8Array || value instanceof Uint16Array) return value;
  throw new TypeError(`${name}: expected a Uint8Array or a Uint16Array, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
