import { fromFloat16, toFloat16 } from "@deep-compression/bits";
import { numericValues, type Tensor } from "@deep-compression/network";
import { checkInteger } from "@deep-compression/runtime";

/** Weights as multiples of scales, each rounded by itself: what most tools make of them. */
export interface PlainRounding {
  /** A code times the scale of its group, each, in the tensor's order. */
  readonly values: Float32Array;
  /** From -(2^(bits - 1) - 1) to 2^(bits - 1) - 1. */
  readonly codes: Int8Array;
  /** One a group. */
  readonly scales: Float32Array;
}

/** A scale for each row along the first axis. @throws RangeError unless bits are an integer from 2 to 8 */
export function roundedByRow(tensor: Tensor, bits: number): PlainRounding {
  const values = numericValues(tensor);
  const groups = tensor.shape[0] ?? 1;
  const size = Math.max(1, values.length / Math.max(1, groups));
  return rounded(values, { bits, groups, groupOf: (i) => Math.floor(i / size) });
}

/** A scale for each channel, along the first axis or the last, whichever loses less. @throws as {@link roundedByRow} */
export function roundedByChannel(tensor: Tensor, bits: number): PlainRounding {
  const values = numericValues(tensor);
  const last = tensor.shape.at(-1) ?? 1;
  const byFirst = roundedByRow(tensor, bits);
  const byLast = rounded(values, { bits, groups: last, groupOf: (i) => i % last });
  const error = (ours: PlainRounding) => ours.values.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0);
  return error(byLast) < error(byFirst) ? byLast : byFirst;
}

/** A scale, a float16, for each so many weights in order. @throws as {@link roundedByRow}; RangeError for a block below 1 */
export function roundedByBlock(
  tensor: Tensor,
  { bits, block }: { readonly bits: number; readonly block: number },
): PlainRounding {
  checkInteger("block", block, { minimum: 1 });
  const values = numericValues(tensor);
  const groups = Math.ceil(values.length / block);
  return rounded(values, { bits, groups, groupOf: (i) => Math.floor(i / block), areScalesShort: true });
}

function rounded(
  values: Float32Array,
  options: {
    readonly bits: number;
    readonly groups: number;
    readonly groupOf: (i: number) => number;
    readonly areScalesShort?: boolean;
  },
): PlainRounding {
  const { bits, groups, groupOf, areScalesShort } = options;
  checkInteger("bits", bits, { minimum: 2, maximum: 8 });
  const most = 2 ** (bits - 1) - 1;
  const scales = new Float32Array(groups);
  for (const [i, value] of values.entries()) scales[groupOf(i)] = Math.max(scales[groupOf(i)]!, Math.abs(value) / most);
  if (areScalesShort) for (const [i, scale] of scales.entries()) scales[i] = fromFloat16(toFloat16(scale));
  const codes = new Int8Array(values.length);
  const made = new Float32Array(values.length);
  for (const [i, value] of values.entries()) {
    const scale = scales[groupOf(i)]!;
    codes[i] = scale === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(value / scale)));
    made[i] = codes[i]! * scale;
  }
  return { values: made, codes, scales };
}
