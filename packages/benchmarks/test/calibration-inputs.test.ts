import { describe, expect, test } from "vitest";
import { calibrationInputs } from "../src/calibration-inputs";
import { isModelInstalled, mainFile } from "../src/model-folder";
import { REAL_MODELS, type RealModel } from "../src/models";
import { openInRuntime, someItems } from "../src/onnxruntime-session";
import { isInstalled } from "../src/peers";
import { mirrored, type Picture, squareOf } from "../src/pictures";

const picture: Picture = { width: 3, height: 2, pixels: Float32Array.from({ length: 18 }, (_, i) => i) };

test("a square of a picture has its pixels", () => {
  const square = squareOf(picture, { left: 1, top: 0, size: 2 });
  expect(square).toEqual({ width: 2, height: 2, pixels: Float32Array.of(3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17) });
});

test("a mirrored picture has its columns in the other order, and mirrored again is the picture", () => {
  expect(mirrored(picture).pixels.slice(0, 9)).toEqual(Float32Array.of(6, 7, 8, 3, 4, 5, 0, 1, 2));
  expect(mirrored(mirrored(picture))).toEqual(picture);
});

test("a model without known inputs is refused", async () => {
  const model = { ...REAL_MODELS[0]!, name: "another" };
  await expect(calibrationInputs(model)).rejects.toThrow('no inputs are known to calibrate "another" by');
});

const quick = ["BlazeFace front", "Silero VAD 4", "Silero VAD 5, float16"];
const models = REAL_MODELS.filter(({ name }) => quick.includes(name)).map((model) => [model.name, model] as const);

describe.each(models)("%s", (_, model: RealModel) => {
  const canRun = isModelInstalled(model) && isInstalled("onnxruntime-node");

  test.skipIf(!canRun)("takes its calibration inputs, which are the same each time", async () => {
    const { calibration, unseen } = await calibrationInputs(model);
    expect(await calibrationInputs(model)).toEqual({ calibration, unseen });
    const session = await openInRuntime(mainFile(model));
    for (const items of [...calibration, unseen]) {
      expect(items.count).toBeGreaterThanOrEqual(8);
      await session.run(someItems(items, items.count - 1, items.count).arrays);
    }
    await session.close();
  });
});
