// Peers from npm in Chromium: `npm run test:peers`, after `npm run bench:peers`.
import { describe, expect, test } from "vitest";
import { compressed, outputsOfOnes, tensorflowFiles } from "../adapted-models";
import { canUse, openPage } from "./peer-pages";

describe.skipIf(!canUse("@tensorflow/tfjs"))("TensorFlow.js", () => {
  test("runs the layers model of a .dcz", async () => {
    const files = { "/model.dcz": await compressed(tensorflowFiles()) };
    const { page, close } = await openPage("tensorflow-page.ts", { files });
    try {
      const outputs = (await page.evaluate('run("/model.dcz")')) as number[];
      expect(outputs.length).toBe(300);
      for (const [i, value] of outputsOfOnes().entries()) expect(outputs[i]).toBeCloseTo(value, 4);
    } finally {
      await close();
    }
  });
});
