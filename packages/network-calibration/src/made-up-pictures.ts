/** Rows, columns and channels of a picture. */
export interface PictureSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Values of a picture within 0 and 1, row by row, the channels of a pixel side by side. */
type Pixels = Float32Array;

/** Leaves of a picture. */
const LEAVES = 400;
/** The smallest leaf is that part of the picture's shorter side; the largest is half of it. */
const SMALLEST_LEAF = 1 / 64;
/** How far the channels of a leaf, and its pixels, are from its grey. */
const [COLOUR, GRAIN] = [0.15, 0.02];

/**
 * Leaves that lie on each other: discs and rectangles, few large and many small, each of one colour. Edges and scales are as
 * those of photographs (the dead leaves model; Lee, Mumford and Huang 2001).
 */
export function deadLeaves(size: PictureSize, random: () => number): Pixels {
  const { height, width, channels } = size;
  const pixels = new Float32Array(height * width * channels);
  const side = Math.min(height, width);
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    // As many of more than a size as its square is small.
    const radius = Math.min(side / 2, Math.max(1, side * SMALLEST_LEAF) / Math.sqrt(1 - random()));
    const stretch = Math.exp(random() - 0.5) ** 2;
    const [a, b] = [radius * stretch, radius / stretch];
    const [x, y] = [random() * width, random() * height];
    const grey = random();
    const colour = Array.from({ length: channels }, () => within(grey + COLOUR * (2 * random() - 1)));
    const isRound = random() < 0.5;
    for (let row = Math.max(0, Math.ceil(y - b)); row <= Math.min(height - 1, y + b); row++) {
      const reach = isRound ? a * Math.sqrt(Math.max(0, 1 - ((row - y) / b) ** 2)) : a;
      for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(width - 1, x + reach); column++)
        pixels.set(colour, (row * width + column) * channels);
    }
  }
  return pixels.map((value) => within(value + GRAIN * (2 * random() - 1)));
}

/** Dots of a made-up letter, and of the place that it has. */
const [LETTER_WIDTH, LETTER_HEIGHT, LETTER_STEP, LINE_STEP] = [5, 7, 6, 10];
/** Of a picture's shorter side, the largest letter. */
const LARGEST_LETTER = 1 / 5;
const DENSITY_OF_INK = 0.5;
const SPACES = 0.15;

/** A page of lines of letters that nobody reads, dark on light, of several sizes. */
export function letterPage(size: PictureSize, random: () => number): Pixels {
  const { height, width, channels } = size;
  const ground = 0.75 + 0.25 * random();
  const pixels = new Float32Array(height * width * channels).fill(ground);
  const largest = LARGEST_LETTER * Math.min(height, width);
  for (let top = 2; top < height; ) {
    const dot = Math.max(1, Math.round((LETTER_HEIGHT + random() * largest) / LETTER_HEIGHT));
    const ink = 0.5 * ground * random();
    for (let left = dot * Math.floor(4 * random()); left < width; left += LETTER_STEP * dot) {
      if (random() < SPACES) continue;
      for (let place = 0; place < LETTER_WIDTH * LETTER_HEIGHT; place++) {
        if (random() < DENSITY_OF_INK) continue;
        const row = top + dot * Math.floor(place / LETTER_WIDTH);
        const column = left + dot * (place % LETTER_WIDTH);
        for (let i = row; i < Math.min(height, row + dot); i++)
          pixels.fill(
            ink,
            (i * width + Math.min(width, column)) * channels,
            (i * width + Math.min(width, column + dot)) * channels,
          );
      }
    }
    top += LINE_STEP * dot;
  }
  return pixels;
}

function within(value: number): number {
  return Math.min(1, Math.max(0, value));
}
