import { isFloatType, numericValues, type Tensor } from "@deep-compression/network";
import type { NamedTensors } from "./executor";

/** How far outputs of one network are from those of another, on the same items. */
export interface OutputErrors {
  /** Of the output that is off most: of floats ||y - y'|| / ||y||, of integers and bools the fraction that differs. */
  readonly error: number;
  /** Its name. */
  readonly output: string;
  /** Outputs whose shapes differ, as of what is found in a picture: they have no distance. */
  readonly notCompared: readonly string[];
}

/** Where all values are less than that, root of the mean of squares, nothing is what they say. */
const NEXT_TO_NOTHING = 1e-6;

/**
 * Compares outputs item by item, all items together. Integers and bools, which leap, count only where no output of floats can be compared.
 *
 * @returns undefined where nothing can be compared
 */
export function outputErrors(dense: readonly NamedTensors[], coded: readonly NamedTensors[]): OutputErrors | undefined {
  const names = [...(dense[0]?.keys() ?? [])];
  const notCompared: string[] = [];
  const found: { readonly output: string; readonly error: number; readonly isFloat: boolean }[] = [];
  for (const output of names) {
    const pairs = dense.map((outputs, i) => [outputs.get(output), coded[i]?.get(output)] as const);
    const same = pairs.filter((pair): pair is readonly [Tensor, Tensor] => `${pair[0]?.shape}` === `${pair[1]?.shape}`);
    if (same.length < pairs.length) notCompared.push(output);
    else if (same.some(([{ bytes }]) => bytes.length > 0)) {
      const isFloat = same.every(([{ type }]) => isFloatType(type));
      found.push({ output, isFloat, error: isFloat ? relativeError(same) : fractionThatDiffers(same) });
    }
  }
  const floats = found.filter(({ isFloat }) => isFloat);
  const [first, ...others] = floats.length > 0 ? floats : found;
  if (first === undefined) return undefined;
  const worst = others.reduce((most, one) => (one.error > most.error ? one : most), first);
  return { error: worst.error, output: worst.output, notCompared };
}

function relativeError(pairs: readonly (readonly [Tensor, Tensor])[]): number {
  let [error, squares, count] = [0, 0, 0];
  for (const [dense, coded] of pairs) {
    const [ours, theirs] = [numericValues(dense), numericValues(coded)];
    for (let i = 0; i < ours.length; i++) {
      const [x, y] = [ours[i]!, theirs[i]!];
      error += Object.is(x, y) ? 0 : (x - y) ** 2;
      squares += x * x;
    }
    count += ours.length;
  }
  const relative = Math.sqrt(error / Math.max(squares, count * NEXT_TO_NOTHING ** 2));
  return Number.isNaN(relative) ? Number.POSITIVE_INFINITY : relative;
}

function fractionThatDiffers(pairs: readonly (readonly [Tensor, Tensor])[]): number {
  let [differing, count] = [0, 0];
  for (const [dense, coded] of pairs) {
    const [ours, theirs] = [numericValues(dense), numericValues(coded)];
    for (let i = 0; i < ours.length; i++) if (!Object.is(ours[i], theirs[i])) differing++;
    count += ours.length;
  }
  return differing / count;
}

/** Whether every output of floats is finite. */
export function areFinite(items: readonly NamedTensors[]): boolean {
  return items.every((outputs) =>
    [...outputs.values()].every((tensor) => !isFloatType(tensor.type) || numericValues(tensor).every(Number.isFinite)),
  );
}

/** Whether no output says anything: all are empty, or zeros but for rounding. */
export function areNothing(items: readonly NamedTensors[]): boolean {
  return items.every((outputs) =>
    [...outputs.values()].every((tensor) => {
      const values = numericValues(tensor);
      const squares = values.reduce((sum, value) => sum + value * value, 0);
      return squares <= values.length * NEXT_TO_NOTHING ** 2;
    }),
  );
}

/** Outputs that differ by less from item to item hardly depend on what goes in. */
const LEAST_RESPONSE = 1e-3;

/** Whether some output is another for another item. Where none is, layers are driven out of their range, or nothing is found. */
export function respond(items: readonly NamedTensors[]): boolean {
  const [first, ...others] = items;
  if (first === undefined || others.length === 0) return true;
  return others.some((outputs) => {
    const errors = outputErrors([first], [outputs]);
    return errors === undefined || errors.notCompared.length > 0 || errors.error > LEAST_RESPONSE;
  });
}

/** Where sigmoid, softmax, tanh and the like end, and how near to it values are there. */
const ENDS = [-1, 0, 1];
const AT_AN_END = 1e-4;

/** Whether all outputs of floats are where bounded functions end: what goes into those may be far off, and nothing is seen of it. */
export function areSaturated(items: readonly NamedTensors[]): boolean {
  const floats = items.flatMap((outputs) => [...outputs.values()].filter(({ type }) => isFloatType(type)));
  const isAtAnEnd = (value: number) => ENDS.some((end) => Math.abs(value - end) < AT_AN_END);
  return floats.length > 0 && floats.every((tensor) => numericValues(tensor).every(isAtAnEnd));
}
