import { seededRandom } from "@deep-compression/runtime";
import type { CalibrationInputs } from "./calibration-items";
import { AROUND_0, channelsFirst, type Normalization, OF_IMAGENET } from "./model-inputs";
import type { ModelItems } from "./onnxruntime-session";
import { drawnLetters, drawnText, type Picture, turned } from "./pictures";

/** Lines of words, half of them on their head, as noisy pictures of 48 x 192. */
export function directionLines(): CalibrationInputs {
  const line = (random: () => number) => {
    const picture = textLine(192, random);
    return random() < 0.5 ? picture : turned(picture);
  };
  return textInputs(line, { calibration: 512, unseen: 512 });
}

/** Lines of words as noisy pictures of 48 x 320. */
export function readLines(): CalibrationInputs {
  return textInputs((random) => textLine(320, random), { calibration: 256, unseen: 128 });
}

/** Noisy pages of 320 x 320 with one to eight lines of words. */
export function pages(): CalibrationInputs {
  const counts = { calibration: 32, unseen: 12 };
  return textInputs((random) => textPage(320, random), { ...counts, normalization: OF_IMAGENET });
}

function textInputs(
  draw: (random: () => number) => Picture,
  options: { readonly calibration: number; readonly unseen: number; readonly normalization?: Normalization },
): CalibrationInputs {
  const { calibration, unseen, normalization = AROUND_0 } = options;
  const items = (seed: number, count: number): ModelItems => {
    const random = seededRandom(seed);
    const pictures = Array.from({ length: count }, () => draw(random));
    return { count, arrays: { x: channelsFirst(pictures, normalization) } };
  };
  return { calibration: [items(1, calibration)], unseen: items(2, unseen) };
}

/** One to three words of random letters, in dots of 3 to 5 pixels, on paper of some grey, with noise. */
function textLine(width: number, random: () => number): Picture {
  const dot = 3 + Math.floor(3 * random());
  const line = words(Math.floor(width / (6 * dot)), random);
  return printed(drawnText([line], { width, height: 48, dot }), random);
}

/** Lines of random lengths, in dots of 2 to 4 pixels, printed as lines are. */
function textPage(size: number, random: () => number): Picture {
  const dot = 2 + Math.floor(3 * random());
  const letters = Math.floor(size / (6 * dot));
  const count = 1 + Math.floor(8 * random());
  const lines = Array.from({ length: count }, () => words(1 + Math.floor(letters * random()), random));
  return printed(drawnText(lines, { width: size, height: size, dot }), random);
}

function words(letters: number, random: () => number): string {
  const drawable = drawnLetters();
  const drawn = Array.from({ length: letters }, (_, i) =>
    i > 0 && random() < 0.15 ? " " : drawable[Math.floor(drawable.length * random())]!,
  );
  return drawn.join("");
}

/** The picture with another contrast, on paper of another grey, with noise. */
function printed(picture: Picture, random: () => number): Picture {
  const contrast = 0.5 + 0.5 * random();
  const shift = 40 * (random() - 0.5);
  const noise = 30 * random();
  const pixels = picture.pixels.map((pixel) =>
    Math.min(255, Math.max(0, 128 + contrast * (pixel - 128) + shift + noise * (random() - 0.5))),
  );
  return { ...picture, pixels };
}
