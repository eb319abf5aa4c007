// Peers from npm in Chromium: `npm run test:peers`, after `npm run bench:peers`.
import { join } from "node:path";
import { floatValues } from "@deep-compression/network";
import { describe, expect, test } from "vitest";
import { textModel, wordVectors } from "../adapted-models";
import { canUse, libraryFolder, openPage } from "./peer-pages";

const LIBRARY = "@huggingface/transformers";

describe.skipIf(!canUse(LIBRARY))("transformers.js", () => {
  test("a pipeline runs from a .dcz, and no restored model is kept", async () => {
    const { page, asked, close } = await openPage("transformers-page.ts", {
      files: await textModel("/models/words"),
      folders: { "/runtime/": join(libraryFolder("onnxruntime-web", LIBRARY), "dist") },
    });
    try {
      const { dims, data, kept } = (await page.evaluate('run("compression deep")')) as Record<string, unknown[]>;
      expect(dims).toEqual([1, 2, 300]);
      const rows = floatValues(wordVectors);
      expect(data).toEqual([...rows.subarray(600, 900), ...rows.subarray(300, 600)]);
      expect(asked.filter((path) => path.startsWith("/models/words/onnx"))).toEqual(["/models/words/onnx/model.dcz"]);
      expect(kept.filter((name) => (name as string).endsWith(".onnx"))).toEqual([]);
      expect(kept).toContainEqual(expect.stringMatching(/^deep-compression \//));
      expect(kept).toContain("transformers-cache /models/words/config.json");
    } finally {
      await close();
    }
  });
});
