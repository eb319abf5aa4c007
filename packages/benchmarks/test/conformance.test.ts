import { expect, it } from "vitest";
import { CONFORMANCE_MODELS, conformanceModels, isConformanceInstalled } from "../src/conformance-models";
import { losslessFigures } from "../src/lossless-figures";

const installed = isConformanceInstalled();
const note = installed ? "" : " (skipped: libonnx-testdata is not installed; CONTRIBUTING.md says how)";

it.skipIf(!installed)(`every model of libonnx-testdata comes back, in no more bytes than gzip${note}`, async () => {
  const faults: string[] = [];
  let count = 0;
  for await (const { name, bytes } of conformanceModels()) {
    count++;
    try {
      const { isSame, losslessBytes, gzipBytes } = await losslessFigures([{ name: "model.onnx", bytes }]);
      if (!isSame) faults.push(`${name} differs`);
      if (losslessBytes > gzipBytes) faults.push(`${name}: ${losslessBytes} bytes, gzip -9 makes ${gzipBytes}`);
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  expect(faults).toEqual([]);
  expect(count).toBe(CONFORMANCE_MODELS);
});
