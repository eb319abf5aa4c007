import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { digitNetworks, readDigit } from "../src/digit-networks";
import { EDGE, mnistImage } from "../src/mnist-image";
import { SAMPLE_DIGITS } from "../src/sample-digits";
import type { Stroke } from "../src/strokes";

const bytes = new Uint8Array(readFileSync(new URL("../pages/lenet-300-100.dcz", import.meta.url)));
const networks = await digitNetworks(bytes);

describe("an image of a drawing", () => {
  const pixels = (image: Float32Array) =>
    Array.from(image, (ink, i) => ({ ink, x: (i % EDGE) + 0.5, y: Math.floor(i / EDGE) + 0.5 })).filter(
      ({ ink }) => ink > 0,
    );

  test("is centred by its mass, and as large as MNIST's digits, wherever and however large it was drawn", () => {
    for (const [strokes, move] of SAMPLE_DIGITS.flatMap((sample) =>
      [1, 0.1, 7].map((size) => [sample, size] as const),
    )) {
      const moved = strokes.map((stroke) => stroke.map(({ x, y }) => ({ x: 300 + move * x, y: move * y - 40 })));
      const inked = pixels(mnistImage(moved)!);
      const mass = inked.reduce((sum, { ink }) => sum + ink, 0);
      const centre = (axis: "x" | "y") => inked.reduce((sum, one) => sum + one.ink * one[axis], 0) / mass;
      expect(centre("x")).toBeCloseTo(EDGE / 2, 0);
      expect(centre("y")).toBeCloseTo(EDGE / 2, 0);
      const long = (axis: "x" | "y") =>
        Math.max(...inked.map((one) => one[axis])) - Math.min(...inked.map((one) => one[axis]));
      expect(Math.max(long("x"), long("y"))).toBeGreaterThanOrEqual(18);
      expect(Math.max(long("x"), long("y"))).toBeLessThanOrEqual(21);
    }
  });

  test("of a dot is a dot in the middle, and of nothing none", () => {
    const dot = mnistImage([[{ x: 3, y: 4 }]])!;
    expect(pixels(dot).every(({ x, y }) => Math.hypot(x - 14, y - 14) < 2)).toBe(true);
    expect(pixels(dot).length).toBeGreaterThan(3);
    expect(mnistImage([])).toBeUndefined();
    expect(mnistImage([[]])).toBeUndefined();
  });
});

describe("LeNet-300-100 of a file of less than 10 kB", () => {
  test.each(SAMPLE_DIGITS.map((strokes, digit) => [digit, strokes] as const))(
    "reads the sample %d",
    (digit, strokes) => {
      const image = mnistImage(strokes)!;
      const readings = [networks.stored, networks.dense].map((network) => readDigit(network, image));
      expect(readings.map((reading) => reading.digit)).toEqual([digit, digit]);
      for (const { probabilities } of readings) expect(probabilities[digit]).toBeGreaterThan(0.5);
    },
  );

  test("says the same as the dense network, from a hundredth of the bytes", () => {
    const strokes: readonly Stroke[] = [
      [
        { x: 0, y: 0 },
        { x: 5, y: 40 },
        { x: 30, y: 20 },
      ],
    ];
    const image = mnistImage(strokes)!;
    const [a, b] = [readDigit(networks.stored, image), readDigit(networks.dense, image)];
    for (const [digit, probability] of a.probabilities.entries())
      expect(probability).toBeCloseTo(b.probabilities[digit]!, 4);
    expect(networks.stored.fileBytes).toBeLessThan(10_000);
    expect(networks.dense.fileBytes / networks.stored.fileBytes).toBeGreaterThan(100);
  });
});
