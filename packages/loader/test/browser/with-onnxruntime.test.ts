// Peers from npm in Chromium: `npm run test:peers`, after `npm run bench:peers`.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compressed, onnx, onnxWithData, outputsOfOnes } from "../adapted-models";
import { canUse, libraryFolder, openPage } from "./peer-pages";

describe.skipIf(!canUse("onnxruntime-web"))("onnxruntime-web", () => {
  test("runs the model of a .dcz: whole, with its weights taken out, and with weights in another file", async () => {
    const { model, data } = await onnxWithData();
    const { page, close } = await openPage("onnxruntime-page.ts", {
      files: {
        "/model.dcz": await compressed({ "model.onnx": onnx }),
        "/two.dcz": await compressed({ "model.onnx": model, "model.onnx_data": data }),
      },
      folders: { "/runtime/": join(libraryFolder("onnxruntime-web"), "dist") },
    });
    try {
      for (const [url, externalData] of [
        ["/model.dcz", false],
        ["/model.dcz", true],
        ["/two.dcz", false],
      ]) {
        const outputs = (await page.evaluate(`run(${JSON.stringify(url)}, ${externalData})`)) as number[];
        expect(outputs.length).toBe(300);
        for (const [i, value] of outputsOfOnes().entries()) expect(outputs[i]).toBeCloseTo(value, 4);
      }
    } finally {
      await close();
    }
  });
});
