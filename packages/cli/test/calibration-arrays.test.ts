import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { floatValues, type ValueInfo } from "@deep-compression/network";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import wavefile from "wavefile";
import { calibrationArrays } from "../src/calibration-arrays";
import { temporaryFolder, writeArray } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

async function folderOf(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  await mkdir(at(name));
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(at(name), file), bytes);
  return at(name);
}

/** A picture of 2 x 2 pixels, each row the same. */
async function picture(left: readonly [number, number, number], right: readonly [number, number, number]) {
  return sharp(Uint8Array.of(...left, ...right, ...left, ...right), { raw: { width: 2, height: 2, channels: 3 } })
    .png()
    .toBuffer();
}

function sound(samples: readonly (readonly number[])[], rate = 8000): Uint8Array {
  const wave = new wavefile.WaveFile();
  wave.fromScratch(
    samples.length,
    rate,
    "16",
    samples.length === 1 ? [...samples[0]!] : samples.map((own) => [...own]),
  );
  return wave.toBuffer();
}

const input = (shape: readonly (number | string)[], type: ValueInfo["type"] = "float32"): ValueInfo[] => [
  { name: "x", type, shape },
];

describe("a folder of pictures", async () => {
  const pictures = await folderOf("pictures", {
    "b.png": await picture([255, 0, 51], [0, 255, 102]),
    "a.png": await picture([51, 51, 51], [102, 102, 102]),
    ".hidden": new Uint8Array(1),
    "notes.txt": new Uint8Array(1),
  });

  test("becomes an array in the order of their names, channels first or last", async () => {
    const first = (await calibrationArrays(input(["N", 3, 2, 2]), [pictures])).get("x")!;
    expect(first.shape).toEqual([2, 3, 2, 2]);
    const rows = [0.2, 0.4, 0.2, 0.4, 0.2, 0.4, 1, 0, 0, 1, 0.2, 0.4].map(Math.fround);
    expect([...floatValues(first)].filter((_, i) => i % 4 < 2)).toEqual(rows);
    expect([...floatValues(first)].filter((_, i) => i % 4 >= 2)).toEqual(rows);
    const last = (await calibrationArrays(input(["N", 2, 2, 3]), [`x=${pictures}`])).get("x")!;
    expect(last.shape).toEqual([2, 2, 2, 3]);
    const row = [1, 0, 0.2, 0, 1, 0.4].map(Math.fround);
    expect([...floatValues(last)].slice(12)).toEqual([...row, ...row]);
  });

  test("is normalized, and scaled to a size where the input leaves it open", async () => {
    const options = { size: [2, 2], mean: [0.2, 0.4, 0], std: [2] } as const;
    const array = (await calibrationArrays(input(["N", 3, "H", "W"]), [pictures], options)).get("x")!;
    const channels = [0, 0.1, 0, 0.1, -0.1, 0, -0.1, 0, 0.1, 0.2, 0.1, 0.2];
    expect([...floatValues(array)].slice(0, 12)).toEqual(channels.map((value) => expect.closeTo(value, 6)));
    const bytes = (await calibrationArrays(input([1, 3, 2, 2], "uint8"), [pictures])).get("x")!;
    expect([...bytes.bytes].slice(12)).toEqual([255, 0, 255, 0, 0, 255, 0, 255, 51, 102, 51, 102]);
  });

  test("is refused where the input takes none, or not so", async () => {
    const run = (inputs: ValueInfo[], options = {}) => calibrationArrays(inputs, [pictures], options);
    await expect(run(input(["N", 7]))).rejects.toThrow(
      /input "x" \(float32, \[\?,7\]\) takes no pictures.*give an array/,
    );
    await expect(run(input(["N", 3, "H", "W"]))).rejects.toThrow(/pictures of any size: give --size/);
    await expect(run(input(["N", 3, 4, 4]), { size: [2, 2] })).rejects.toThrow(/takes no pictures of 2 x 2/);
    await expect(run(input(["N", 3, 2, 2]), { mean: [1, 2] })).rejects.toThrow(
      /--mean: expected 1 or 3 numbers, got 2/,
    );
    await expect(run(input([1, 3, 2, 2], "uint8"), { std: [2] })).rejects.toThrow(/--mean and --std have no meaning/);
    const broken = await folderOf("broken", { "c.png": Uint8Array.of(1, 2, 3) });
    await expect(calibrationArrays(input(["N", 3, 2, 2]), [broken])).rejects.toThrow(/cannot read ".*c\.png"/);
  });
});

describe("a folder of recordings", () => {
  test("becomes windows of the input's length, channels averaged", async () => {
    const sounds = await folderOf("sounds", {
      "a.wav": sound([[16384, -16384, 8192, 0, 4096]]),
      "b.wav": sound([
        [16384, 0],
        [0, 16384],
      ]),
    });
    const array = (await calibrationArrays(input(["N", 1, 2]), [sounds])).get("x")!;
    expect(array.shape).toEqual([3, 1, 2]);
    expect([...floatValues(array)]).toEqual([0.5, -0.5, 0.25, 0, 0.25, 0.25].map((v) => expect.closeTo(v, 4)));
    await expect(calibrationArrays(input(["N", 6]), [sounds])).rejects.toThrow(/as long as the 6 samples of input "x"/);
    await expect(calibrationArrays(input(["N", "T"]), [sounds])).rejects.toThrow(/\[\?,\?\]\) takes no recordings/);
  });

  test("is refused where rates differ, or a file is none", async () => {
    const rates = await folderOf("rates", { "a.wav": sound([[1, 2]]), "b.wav": sound([[1, 2]], 16_000) });
    await expect(calibrationArrays(input(["N", 2]), [rates])).rejects.toThrow(/b\.wav" has 16000 samples a second/);
    const none = await folderOf("none", { "a.wav": new Uint8Array(50) });
    await expect(calibrationArrays(input(["N", 2]), [none])).rejects.toThrow(/cannot read ".*a\.wav"/);
  });
});

test("arrays come as they are, and a folder of neither kind is refused", async () => {
  await writeArray(at("x.npy"), [1, 2], [3, 4]);
  const array = (await calibrationArrays(input(["N", 2]), [at("x.npy")])).get("x")!;
  expect([...floatValues(array)]).toEqual([3, 4]);
  const empty = await folderOf("empty", {});
  await expect(calibrationArrays(input(["N", 2]), [empty])).rejects.toThrow(/no pictures .* and no \.wav files/);
  const both = await folderOf("both", { "a.wav": new Uint8Array(1), "a.png": new Uint8Array(1) });
  await expect(calibrationArrays(input(["N", 2]), [both])).rejects.toThrow(/it has pictures and sounds/);
});
