import { elementCount } from "@deep-compression/bits";
import { shapeOf, type ValueInfo } from "@deep-compression/network";
import { quoted, quotedList, shapeText } from "@deep-compression/runtime";
import type { Lanes } from "./row-kernels";

/** A row-major float32 array. */
export interface ShapedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type NamedArrays = Readonly<Record<string, ShapedArray>>;

/** The batch of all inputs. @throws TypeError, RangeError unless they are those declared, of their shapes and one batch */
export function batchOf(declared: readonly ValueInfo[], given: NamedArrays): number {
  const names = quotedList(declared.map(({ name }) => name));
  for (const name of Object.keys(given))
    if (!declared.some((input) => input.name === name))
      throw new RangeError(`input ${quoted(name)}: unknown, expected ${names || "none"}`);
  const batches = declared.map((input) => {
    const array = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    if (array) return batchOfInput(input, array);
    throw new RangeError(`input ${quoted(input.name)}: missing, expected ${names}`);
  });
  const [batch = 0] = batches;
  const other = batches.findIndex((size) => size !== batch);
  if (other === -1) return batch;
  throw new RangeError(`input ${quoted(declared[other]!.name)}: expected a batch of ${batch}, got ${batches[other]}`);
}

function batchOfInput(input: ValueInfo, { shape, data }: ShapedArray): number {
  const { name } = input;
  const [, ...item] = shapeOf(input);
  if (!(data instanceof Float32Array)) throw new TypeError(`input ${quoted(name)}: expected data as a Float32Array`);
  const [batch = -1, ...rest] = shape;
  if (rest.join() !== item.join() || !Number.isSafeInteger(batch) || batch < 0)
    throw new RangeError(
      `input ${quoted(name)}: expected shape ${shapeText(["N", ...item])} for any N, got ${shapeText(shape)}`,
    );
  if (data.length !== elementCount(shape))
    throw new RangeError(
      `input ${quoted(name)}: expected ${elementCount(shape)} values for ${shapeText(shape)}, got ${data.length}`,
    );
  return batch;
}

/** `count` items from item `first` on; the lanes after them hold nothing of use. */
interface Block {
  readonly first: number;
  readonly count: number;
  readonly lanes: Lanes;
}

/** Items, row-major [batch][feature], into the lanes of [feature][lane]; lanes without an item are zero. */
export function gatherLanes(items: Float32Array, block: Float32Array, { first, count, lanes }: Block): void {
  const features = block.length / lanes;
  if (count < lanes) block.fill(0);
  for (let lane = 0; lane < count; lane++) {
    const from = (first + lane) * features;
    for (let feature = 0; feature < features; feature++) block[feature * lanes + lane] = items[from + feature]!;
  }
}

/** The mirror of {@link gatherLanes}. */
export function scatterLanes(block: Float32Array, items: Float32Array, { first, count, lanes }: Block): void {
  const features = block.length / lanes;
  for (let lane = 0; lane < count; lane++) {
    const to = (first + lane) * features;
    for (let feature = 0; feature < features; feature++) items[to + feature] = block[feature * lanes + lane]!;
  }
}
