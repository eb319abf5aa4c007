import { elementCount } from "@deep-compression/bits";
import { type SharedValues, squaredError } from "@deep-compression/codebook";
import type { ElementType, Quantization, Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { type PrunedWeights, type PruneOptions, pruneWeights } from "@deep-compression/sparse";
import { type SharedWeights, sharedElements } from "@deep-compression/tensor-codec";
import type { Declined } from "./declined";
import { exactCodes } from "./exact-codes";
import type { TensorPlan } from "./plan";

/** Types of integers that may lose something, with the least and the greatest of each. */
const RANGES = { int8: [-128, 127], uint8: [0, 255] } as const;

/** A tensor of 8-bit integers and what they stand for. */
export interface IntegerWeights extends Tensor {
  readonly type: keyof typeof RANGES;
  readonly quantization: Quantization;
}

/** Whether elements are integers of 8 bits, of which those of weights may lose something where that is asked for. */
export function isByteType(type: ElementType): type is keyof typeof RANGES {
  return Object.hasOwn(RANGES, type);
}

/** A tensor of integers that are weights by its plan; undefined for any other. @throws RangeError for scales that do not fit it */
export function integerWeights(tensor: Tensor, { quantization }: TensorPlan): IntegerWeights | undefined {
  const { name, type, shape } = tensor;
  if (!isByteType(type) || quantization === undefined) return undefined;
  const { axis, scales } = quantization.channels ?? {};
  if (axis !== undefined && scales?.length !== shape[axis]) {
    const expected = `one for each of ${shape[axis] ?? "no"} places along axis ${axis}`;
    throw new RangeError(
      `tensor ${quoted(name)}: quantization.channels.scales: expected ${expected}, got ${scales?.length}`,
    );
  }
  return { ...tensor, type, quantization };
}

/** The integer that stands for a weight of 0, or that of the type closest to it: what pruned weights become. */
export function zeroOf({ type, quantization }: Pick<IntegerWeights, "type" | "quantization">): number {
  const [least, greatest] = RANGES[type];
  return Math.min(greatest, Math.max(least, Math.round(quantization.zeroPoint))) + 0;
}

/** A scale this much below the others counts as if it were so much: its errors are invisible, but for float32 still there. */
const LEAST_FACTOR = 2 ** -40;

/**
 * How much an error counts at a place of the tensor, by the scale of its channel over the root of the mean square of all, so that
 * numbers are about as large as the integers; undefined where there is one scale.
 */
function factorsOf({ shape, quantization: { channels } }: IntegerWeights): ((place: number) => number) | undefined {
  if (channels === undefined) return undefined;
  const { axis, scales } = channels;
  const greatest = scales.reduce((most, scale) => Math.max(most, scale), 0);
  const mean = scales.reduce((sum, scale) => sum + (scale / greatest) ** 2, 0) / scales.length;
  const factors = scales.map((scale) => Math.max(LEAST_FACTOR, scale / greatest / Math.sqrt(mean)));
  const stride = elementCount(shape.slice(axis + 1));
  return (place) => factors[Math.floor(place / stride) % factors.length]!;
}

/**
 * The weights that pruning leaves, as integers less that which stands for 0. Magnitudes, and the sums of squares, are those of
 * weights scaled by channel; what is pruned becomes that integer.
 *
 * @param integers the elements of the tensor
 */
export function prunedIntegers(
  tensor: IntegerWeights,
  integers: Float32Array,
  options: PruneOptions,
): PrunedWeights | undefined {
  const { zeroPoint } = tensor.quantization;
  const zero = zeroOf(tensor);
  const factorAt = factorsOf(tensor);
  const differences = integers.map((integer) => integer - zero);
  const scaled = factorAt === undefined ? differences : differences.map((value, i) => value * factorAt(i));
  const kept = pruneWeights(scaled, options);
  if (kept === undefined || (factorAt === undefined && zero === zeroPoint)) return kept;
  const { positions } = kept;
  const values = positions === undefined ? differences : Float32Array.from(positions, (at) => differences[at]!);
  if (zero === zeroPoint) return { ...kept, values };
  const energy = differences.reduce((sum, value, i) => {
    return sum + ((value + zero - zeroPoint) * (factorAt?.(i) ?? 1)) ** 2;
  }, 0);
  return { ...kept, values, energy };
}

/** The squared error of shared values, by the scales of channels. */
export function integerDistortion(
  { values, positions }: PrunedWeights,
  shared: SharedValues,
  tensor: IntegerWeights,
): number {
  const factorAt = factorsOf(tensor);
  if (factorAt === undefined) return squaredError(values, shared);
  const { codes, centroids } = shared;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += ((values[i]! - centroids[codes[i]!]!) * factorAt(positions?.[i] ?? i)) ** 2;
  }
  return sum;
}

/** Shared values as the nearest that integers of the type stand for, less their zero; with `zeros` "keep" none that becomes 0. */
export function nearestIntegers(
  centroids: Float32Array,
  tensor: IntegerWeights,
  { zeros }: Pick<TensorPlan, "zeros">,
): Float32Array {
  const [least, greatest] = RANGES[tensor.type];
  const zero = zeroOf(tensor);
  return centroids.map((centroid) => {
    const whole = Math.round(centroid);
    const own = whole === 0 && zeros === "keep" ? Math.sign(centroid) : whole;
    return Math.min(greatest - zero, Math.max(least - zero, own)) + 0;
  });
}

/** Elements that are made at once. */
const BLOCK_ELEMENTS = 2 ** 16;

/** The integers that shared values stand for, as codes of their own. */
export function sharedIntegers(shared: SharedWeights, tensor: IntegerWeights): SharedWeights | Declined {
  const bytes = new Uint8Array(tensor.bytes.length);
  const zero = zeroOf(tensor);
  for (let start = 0; start < bytes.length; start += BLOCK_ELEMENTS) {
    const values = sharedElements(shared, start, Math.min(bytes.length, start + BLOCK_ELEMENTS));
    for (let i = 0; i < values.length; i++) bytes[start + i] = values[i]! + zero; // modulo 256, as int8 is stored
  }
  const coded = exactCodes({ ...tensor, bytes });
  return "kind" in coded ? coded : { ...coded, distortion: shared.distortion };
}
