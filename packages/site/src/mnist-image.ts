import type { Point, Stroke } from "./strokes";

/** Pixels along an edge of MNIST's images. */
export const EDGE = 28;

/** Pixels along an edge of the box that a digit fills before it is centred (LeCun et al., the MNIST database). */
const BOX = 20;

/** Half the width of the pen, in pixels; MNIST's digits are about two to three pixels thick, with soft edges. */
const PEN = 1.1;

/**
 * A drawing as MNIST's images are: the digit scaled to a box of 20 x 20 with its proportions kept, its centre of mass in the middle of
 * 28 x 28 pixels, row by row, each from 0, paper, to 1, ink. Undefined for a drawing without a stroke.
 */
export function mnistImage(strokes: readonly Stroke[]): Float32Array | undefined {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const [left, right] = extent(points.map(({ x }) => x));
  const [top, bottom] = extent(points.map(({ y }) => y));
  const size = Math.max(right - left, bottom - top);
  const scale = size === 0 ? 0 : (BOX - 2 * PEN) / size;
  const middle = EDGE / 2;
  const scaled = strokes.map((stroke) =>
    stroke.map(({ x, y }) => ({
      x: middle + scale * (x - (left + right) / 2),
      y: middle + scale * (y - (top + bottom) / 2),
    })),
  );
  const centre = centreOfMass(inked(scaled));
  return inked(
    scaled.map((stroke) => stroke.map(({ x, y }) => ({ x: x + middle - centre.x, y: y + middle - centre.y }))),
  );
}

function extent(values: readonly number[]): readonly [least: number, greatest: number] {
  return values.reduce<readonly [number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** Each pixel by how far its centre is from the nearest stroke. */
function inked(strokes: readonly Stroke[]): Float32Array {
  const image = new Float32Array(EDGE * EDGE);
  for (let row = 0, pixel = 0; row < EDGE; row++) {
    for (let column = 0; column < EDGE; column++, pixel++) {
      const distance = distanceTo(strokes, { x: column + 0.5, y: row + 0.5 });
      image[pixel] = Math.min(1, Math.max(0, PEN + 0.5 - distance));
    }
  }
  return image;
}

function distanceTo(strokes: readonly Stroke[], point: Point): number {
  let least = Number.POSITIVE_INFINITY;
  for (const stroke of strokes) {
    for (const [i, end] of stroke.entries()) {
      least = Math.min(least, distanceToSegment(point, stroke[Math.max(0, i - 1)]!, end));
    }
  }
  return least;
}

function distanceToSegment({ x, y }: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
}

function centreOfMass(image: Float32Array): Point {
  let [mass, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < image.length; pixel++) {
    const ink = image[pixel]!;
    mass += ink;
    x += ink * ((pixel % EDGE) + 0.5);
    y += ink * (Math.floor(pixel / EDGE) + 0.5);
  }
  return mass === 0 ? { x: EDGE / 2, y: EDGE / 2 } : { x: x / mass, y: y / mass };
}
