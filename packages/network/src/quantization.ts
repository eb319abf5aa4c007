import type { Tensor } from "./tensor";

/** What the integers q of a tensor stand for: the weights (q - zeroPoint) x scale. */
export interface Quantization {
  /** Not whole, or none of the type's integers, where none of them stands for 0. */
  readonly zeroPoint: number;
  /** Scales along an axis, all above 0: errors weigh as they do once they are scaled. Absent: one for all, whatever it is. */
  readonly channels?: { readonly axis: number; readonly scales: readonly number[] };
}

/** Why it is not known what integers stand for, in words. */
export interface NotQuantized {
  readonly whyNot: string;
}

/**
 * What integers stand for by the values of their scales and zero points.
 *
 * @param shape of the tensor
 * @param constants.zeroPoints one, or one a channel; undefined: 0
 * @param constants.scales one, or one for each place along `axis`; undefined: one for all
 */
export function quantizationOf(
  shape: Tensor["shape"],
  constants: {
    readonly zeroPoints: Float32Array | undefined;
    readonly scales: Float32Array | undefined;
    readonly axis: number;
  },
): Quantization | NotQuantized {
  const { zeroPoints = new Float32Array(1), scales, axis } = constants;
  const [zeroPoint] = zeroPoints;
  if (zeroPoint === undefined) return { whyNot: "its zero point is empty" };
  if (zeroPoints.some((other) => other !== zeroPoint))
    return { whyNot: "its zero points differ from channel to channel" };
  if (scales === undefined || scales.length === 1) return { zeroPoint };
  if (scales.length !== shape[axis]) return { whyNot: "its scales are none for each channel" };
  if (!scales.every((scale) => scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    return { whyNot: "a scale is not above 0" };
  }
  return { zeroPoint, channels: { axis, scales: [...scales] } };
}
