import { readFileSync } from "node:fs";
import { loadModelPackage, shippedFile } from "./model-folder";

/** A picture in colour, row-major, three values of 0 to 255 a pixel: red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

interface Jpeg {
  decode(
    bytes: Uint8Array,
    options: { readonly useTArray: true; readonly formatAsRGBA: false },
  ): { readonly width: number; readonly height: number; readonly data: Uint8Array };
}

/** One of the six photographs of people that @vladmandic/face-api ships, numbered from 1, as large as it is. */
export function wholePhoto(number: number): Picture {
  const file = readFileSync(shippedFile("@vladmandic/face-api", `demo/sample${number}.jpg`));
  const options = { useTArray: true, formatAsRGBA: false } as const;
  const decoded = loadModelPackage<Jpeg>("jpeg-js").decode(file, options);
  return { ...decoded, pixels: Float32Array.from(decoded.data) };
}

/** One of those photographs, cut and scaled to a size. */
export function photo(number: number, width: number, height: number): Picture {
  return scaled(wholePhoto(number), width, height);
}

/** A square of a picture. @param part.left first column @param part.top first row */
export function squareOf(
  { width, pixels }: Picture,
  { left, top, size }: { readonly left: number; readonly top: number; readonly size: number },
): Picture {
  const result = new Float32Array(3 * size * size);
  for (let row = 0; row < size; row++) {
    const start = 3 * ((top + row) * width + left);
    result.set(pixels.subarray(start, start + 3 * size), 3 * row * size);
  }
  return { width: size, height: size, pixels: result };
}

/** The same picture, left and right exchanged. */
export function mirrored({ width, height, pixels }: Picture): Picture {
  const result = new Float32Array(pixels.length);
  for (let i = 0; i < width * height; i++) {
    const column = i % width;
    result.set(pixels.subarray(3 * i, 3 * i + 3), 3 * (i - column + (width - 1 - column)));
  }
  return { width, height, pixels: result };
}

/** The middle of a picture in the wanted proportions, each pixel the mean of those that it covers. */
export function scaled({ width, height, pixels }: Picture, newWidth: number, newHeight: number): Picture {
  const step = Math.min(width / newWidth, height / newHeight);
  const [left, top] = [(width - step * newWidth) / 2, (height - step * newHeight) / 2];
  const result = new Float32Array(3 * newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    const [y0, y1] = covered(top + y * step, step);
    for (let x = 0; x < newWidth; x++) {
      const [x0, x1] = covered(left + x * step, step);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let row = y0; row < y1; row++) {
          for (let column = x0; column < x1; column++) sum += pixels[3 * (row * width + column) + channel]!;
        }
        result[3 * (y * newWidth + x) + channel] = sum / ((y1 - y0) * (x1 - x0));
      }
    }
  }
  return { width: newWidth, height: newHeight, pixels: result };
}

/** The whole pixels from `start` on, at least one. */
function covered(start: number, step: number): readonly [first: number, end: number] {
  const first = Math.floor(start);
  return [first, Math.max(first + 1, Math.floor(start + step))];
}

/** The same picture, turned by half a turn. */
export function turned({ width, height, pixels }: Picture): Picture {
  const result = new Float32Array(pixels.length);
  const count = width * height;
  for (let i = 0; i < count; i++) result.set(pixels.subarray(3 * i, 3 * i + 3), 3 * (count - 1 - i));
  return { width, height, pixels: result };
}

/** Letters of five columns, the top bit of a column lowest. */
const LETTERS: Readonly<Record<string, string>> = {
  A: "7e1111117e",
  B: "7f49494936",
  C: "3e41414122",
  D: "7f4141221c",
  E: "7f49494941",
  F: "7f09090901",
  G: "3e4149497a",
  H: "7f0808087f",
  I: "00417f4100",
  K: "7f08142241",
  L: "7f40404040",
  M: "7f020c027f",
  N: "7f0408107f",
  O: "3e4141413e",
  P: "7f09090906",
  R: "7f09192946",
  S: "4649494931",
  T: "01017f0101",
  U: "3f4040403f",
  V: "1f2040201f",
  W: "3f4038403f",
  Y: "0708700807",
  0: "3e5149453e",
  1: "00427f4000",
  2: "4261514946",
  5: "2745454539",
  8: "3649494936",
};

/** The letters and digits that can be drawn. */
export function drawnLetters(): readonly string[] {
  return Object.keys(LETTERS);
}

/** Dark text on light paper: lines from the top left corner, letters of 7 x 5 dots of `dot` pixels. */
export function drawnText(lines: readonly string[], size: { width: number; height: number; dot: number }): Picture {
  const { width, height, dot } = size;
  const pixels = new Float32Array(3 * width * height).fill(245);
  for (const [line, text] of lines.entries()) {
    for (const [i, letter] of [...text].entries()) {
      const columns = LETTERS[letter] ?? "0000000000"; // a space
      for (let cell = 0; cell < 35; cell++) {
        const [column, row] = [Math.floor(cell / 7), cell % 7];
        const bits = Number.parseInt(columns.slice(2 * column, 2 * column + 2), 16);
        const [x, y] = [dot * (1 + 6 * i + column), dot * (1 + 10 * line + row)];
        if ((bits >> row) & 1) fill(pixels, { width, height, x, y, dot });
      }
    }
  }
  return { width, height, pixels };
}

function fill(
  pixels: Float32Array,
  { width, height, x, y, dot }: { width: number; height: number; x: number; y: number; dot: number },
): void {
  for (let row = y; row < Math.min(height, y + dot); row++) {
    for (let column = x; column < Math.min(width, x + dot); column++) {
      pixels.fill(30, 3 * (row * width + column), 3 * (row * width + column) + 3);
    }
  }
}
