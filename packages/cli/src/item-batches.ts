import type { Tensor, ValueInfo } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";

type Arrays = ReadonlyMap<string, Tensor>;

/** Items that run at once where a graph takes any number. */
const BATCH_ITEMS = 32;

/** The items of arrays, and how they are put together. */
export interface Items {
  readonly count: number;
  /** Some of them, by their places, in batches. */
  batches(items: readonly number[]): readonly Arrays[];
}

/**
 * The items that arrays hold along their first axis. An input whose first dimension is fixed, to n, takes n rows an item, so that each
 * item is a run; an array that has just those rows takes part in all of them.
 *
 * @throws Error for an input without an array, RangeError for arrays that do not fit their inputs or each other
 */
export function itemsOf(arrays: Arrays, inputs: readonly ValueInfo[]): Items {
  const rows = new Map<string, number>(); // rows an item, of each input that has items
  const counts = new Map<string, number>();
  let oneByOne = false;
  for (const input of inputs) {
    const array = arrays.get(input.name);
    if (array === undefined) {
      throw new Error(`input ${declared(input)} has no array; give it as --calibrate ${input.name}=x.npy`);
    }
    const own = checkedRows(array, input);
    const isFixed = typeof input.shape?.[0] === "number" && input.shape[0] > 0;
    if (own === undefined || (isFixed && array.shape[0] === own)) continue;
    oneByOne ||= isFixed;
    rows.set(input.name, own);
    counts.set(input.name, array.shape[0]! / own);
  }
  const [count = 1, ...others] = new Set(counts.values());
  if (others.length > 0) {
    const each = [...counts].map(([name, own]) => `${quoted(name)} ${own}`).join(", ");
    throw new RangeError(`arrays of as many items each are needed, got ${each}`);
  }
  const size = oneByOne ? 1 : BATCH_ITEMS;
  return {
    count,
    batches(items) {
      return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => {
        const some = items.slice(i * size, (i + 1) * size);
        return new Map([...arrays].map(([name, array]) => [name, picked(array, some, rows.get(name))]));
      });
    },
  };
}

/**
 * The items of several sets of arrays, one set behind the other. No batch has items of two sets, which may differ in sizes and in what
 * all items of a batch have in common.
 *
 * @throws as {@link itemsOf}, with the number of the set
 */
export function itemsOfSets(sets: readonly Arrays[], inputs: readonly ValueInfo[]): Items {
  const all = sets.map((arrays, i) => {
    const read = () => itemsOf(arrays, inputs);
    return sets.length === 1 ? read() : inSet(i + 1, read);
  });
  const starts = all.map((_, i) => all.slice(0, i).reduce((sum, { count }) => sum + count, 0));
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    batches: (items) =>
      all.flatMap(({ count, batches }, i) => {
        const own = items.map((item) => item - starts[i]!).filter((item) => item >= 0 && item < count);
        return batches(own);
      }),
  };
}

function inSet(number: number, read: () => Items): Items {
  try {
    return read();
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`set ${number} of the inputs, which begins where an input is given again: ${message}`, { cause });
  }
}

/** Rows of an array that are an item; undefined if it has no first axis. @throws RangeError if it does not fit */
function checkedRows(array: Tensor, input: ValueInfo): number | undefined {
  const { shape } = array;
  const sizes = input.shape ?? shape.map(() => "");
  const fits = (size: number | string, i: number) => typeof size === "string" || size < 1 || size === shape[i];
  const [first, ...rest] = sizes;
  const isWhole = typeof first !== "number" || first < 1 || (shape[0]! > 0 && shape[0]! % first === 0);
  if (shape.length !== sizes.length || !rest.every((size, i) => fits(size, i + 1)) || !isWhole) {
    throw new RangeError(`input ${declared(input)}: got an array ${shapeText(shape)}`);
  }
  if (first === undefined) return undefined;
  return typeof first === "number" && first > 0 ? first : 1;
}

function picked(array: Tensor, items: readonly number[], rows: number | undefined): Tensor {
  if (rows === undefined) return array;
  const [all = 0, ...rest] = array.shape;
  const length = (array.bytes.length / all) * rows;
  const bytes = new Uint8Array(items.length * length);
  for (const [i, item] of items.entries())
    bytes.set(array.bytes.subarray(item * length, (item + 1) * length), i * length);
  return { ...array, shape: [items.length * rows, ...rest], bytes };
}

function declared({ name, type, shape }: ValueInfo): string {
  const sizes = shape?.map((size) => (typeof size === "number" && size > 0 ? size : "?"));
  return `${quoted(name)} (${type ?? "of an unknown type"}${sizes ? ` ${shapeText(sizes)}` : ""})`;
}
