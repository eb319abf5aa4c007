import { elementBytes, type Tensor } from "@deep-compression/network";
import type { ModelInputs } from "./model-inputs";

/** Models whose scores are differences of near equal numbers: onnxruntime's own two builds differ by as much. */
const ILL_CONDITIONED: Readonly<Record<string, number>> = { "M-LSD tiny": 2e-3, "M-LSD large": 1e-3 };

/** How far apart outputs of a model may be, in parts of their scale. */
export function outputBound(name: string): number {
  return ILL_CONDITIONED[name] ?? 1e-4;
}

/** The first item of inputs of several. It is along the first axis that has as many places as the first input has items. */
export function firstItem(inputs: ModelInputs): ModelInputs {
  const count = Object.values(inputs)[0]!.shape[0]!;
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, firstAlong(tensor, count)]));
}

function firstAlong(tensor: Tensor, count: number): Tensor {
  const { shape, bytes, type } = tensor;
  const axis = shape.indexOf(count);
  if (axis < 0) return tensor;
  const width = elementBytes(
    type,
    shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += count * width) parts.push(bytes.subarray(at, at + width));
  return { ...tensor, shape: shape.with(axis, 1), bytes: new Uint8Array(Buffer.concat(parts)) };
}

/** The largest difference of two outputs in parts of the largest number of the second. NaN if there is one, or their lengths differ. */
export function scaledDifference(ours: ArrayLike<number | bigint>, theirs: ArrayLike<number | bigint>): number {
  if (ours.length !== theirs.length) return Number.NaN;
  let [error, scale] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    const [a, b] = [Number(ours[i]), Number(theirs[i])];
    error = Math.max(error, Math.abs(a - b));
    scale = Math.max(scale, Math.abs(b));
  }
  return error === 0 ? 0 : error / scale;
}

/** Output name and value of a run. */
type Outputs = Readonly<Record<string, { readonly data: ArrayLike<number | bigint> }>>;

/** The most that any output of theirs differs from ours by. @throws Error for outputs that are missing */
export function largestDifference(ours: Outputs, theirs: Outputs): number {
  const differences = Object.entries(theirs).map(([name, { data }]) => {
    const own = ours[name];
    if (own === undefined) throw new Error(`output "${name}" is missing`);
    return scaledDifference(own.data, data);
  });
  return Math.max(...differences);
}
