import type { Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import type { CalibrationInputs } from "./calibration-items";
import type { ModelItems } from "./onnxruntime-session";
import { mirrored, type Picture, scaled, squareOf, wholePhoto } from "./pictures";

/** The photographs that weights are fitted to; the other two judge. */
const [FITTED, UNSEEN] = [[1, 2, 3, 4] as const, [5, 6] as const];

/**
 * Squares cut from photographs at random places, half to all of what fits, half of them mirrored, `size` pixels on a side once
 * they are scaled.
 */
export function photographs(options: {
  readonly input: string;
  readonly size: number;
  readonly toTensor: (pictures: readonly Picture[]) => Tensor;
  readonly calibration: number;
  readonly unseen: number;
}): CalibrationInputs {
  const { input, size, toTensor, calibration, unseen } = options;
  const items = (numbers: readonly number[], seed: number, count: number): ModelItems => {
    const random = seededRandom(seed);
    const whole = numbers.map(wholePhoto);
    const pictures = Array.from({ length: count }, (_, i) => someSquare(whole[i % whole.length]!, size, random));
    return { count, arrays: { [input]: toTensor(pictures) } };
  };
  return { calibration: [items(FITTED, 1, calibration)], unseen: items(UNSEEN, 2, unseen) };
}

function someSquare(picture: Picture, size: number, random: () => number): Picture {
  const { width, height } = picture;
  const side = Math.floor((0.5 + 0.5 * random()) * Math.min(width, height));
  const [left, top] = [Math.floor(random() * (width - side)), Math.floor(random() * (height - side))];
  const square = scaled(squareOf(picture, { left, top, size: side }), size, size);
  return random() < 0.5 ? square : mirrored(square);
}
