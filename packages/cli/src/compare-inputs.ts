import { ELEMENT_TYPES, type ElementType, type Tensor } from "@deep-compression/network";
import { quoted, shapeText, shown } from "@deep-compression/runtime";
import { castTensor, elementArray } from "./cast-tensor";
import type { OnnxRuntime, RuntimeInput, RuntimeTensor } from "./onnxruntime";

type Arrays = ReadonlyMap<string, Tensor>;

/**
 * The arrays of each run. An input whose first dimension is fixed may get an array of several times that size: it is
 * cut into as many runs, and every input that is not cut takes part in all of them.
 *
 * @throws Error for an input without an array, RangeError for an array that does not fit its input
 */
export function runsOf(arrays: Arrays, inputs: readonly RuntimeInput[]): readonly Arrays[] {
  const counts = new Map<string, number>();
  for (const input of inputs) {
    const array = arrays.get(input.name);
    if (!array)
      throw new Error(`input ${described(input)} has no array; give it as --inputs ${shown(input.name, 80)}=x.npy`);
    counts.set(input.name, runCount(array, input));
  }
  const runs = Math.max(1, ...counts.values());
  const odd = [...counts].find(([, count]) => count !== 1 && count !== runs);
  if (odd) throw new RangeError(`input ${quoted(odd[0])} has arrays for ${odd[1]} runs, another one for ${runs}`);
  return Array.from({ length: runs }, (_, run) => {
    const part = (name: string, array: Tensor) => (counts.get(name) === 1 ? array : cut(array, run, runs));
    return new Map([...arrays].map(([name, array]) => [name, part(name, array)]));
  });
}

/** How many runs an array is for. @throws RangeError if it does not fit */
function runCount({ shape }: Tensor, input: RuntimeInput): number {
  const declared = input.shape ?? shape;
  const [first, ...rest] = declared;
  const fits = (size: number | string, i: number) => typeof size === "string" || size < 0 || size === shape[i];
  if (shape.length === declared.length && rest.every((size, i) => fits(size, i + 1))) {
    if (first === undefined || fits(first, 0)) return 1;
    const runs = shape[0]! / Number(first);
    if (Number.isInteger(runs) && runs > 0) return runs;
  }
  throw new RangeError(`input ${described(input)}: got an array ${shapeText(shape)}`);
}

/** Part `run` of `runs` along the first axis. */
function cut(array: Tensor, run: number, runs: number): Tensor {
  const [items = 0, ...rest] = array.shape;
  const { length } = array.bytes;
  const bytes = array.bytes.subarray((run * length) / runs, ((run + 1) * length) / runs);
  return { ...array, shape: [items / runs, ...rest], bytes };
}

function described({ name, type, shape }: RuntimeInput): string {
  const sizes = shape?.map((size) => (typeof size === "string" || size < 0 ? size || "?" : String(size)));
  return `${quoted(name)} (${type ?? "no tensor"}${sizes ? ` ${shapeText(sizes)}` : ""})`;
}

/**
 * The arrays as tensors of the types that the model declares.
 *
 * @throws RangeError, TypeError as {@link castTensor}; TypeError for an input that is no tensor of numbers
 */
export function feedsOf(
  { Tensor: Feed }: OnnxRuntime,
  arrays: Arrays,
  inputs: readonly RuntimeInput[],
): Readonly<Record<string, RuntimeTensor>> {
  const feeds = inputs.map((input) => {
    const array = arrays.get(input.name);
    if (!array) throw new Error(`input ${described(input)} is none of the first model; compare two forms of one model`);
    const { type } = input;
    if (!isElementType(type)) throw new TypeError(`input ${described(input)} takes no numbers`);
    return [input.name, new Feed(type, elementArray(castTensor(array, type)), array.shape)];
  });
  return Object.fromEntries(feeds);
}

function isElementType(type: string | undefined): type is ElementType {
  return type !== undefined && Object.hasOwn(ELEMENT_TYPES, type);
}
