import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { openOnnx } from "@deep-compression/model-io";
import { expect, test } from "vitest";
import { restored } from "./onnx-files";

// Debian's package of the ONNX project's own conformance cases; another folder of models can be named.
const folder = process.env.DEEP_COMPRESSION_ONNX_TESTDATA ?? "/usr/share/libonnx-testdata/data";
const isThere = existsSync(folder);
const reason = isThere ? "" : " (skipped: libonnx-testdata is not installed)";

test.skipIf(!isThere)(`every model of libonnx-testdata is understood, and restored to the byte${reason}`, async () => {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".onnx"));
  expect(paths.length).toBeGreaterThan(1000);
  const problems: string[] = [];
  for (const path of paths) {
    const file = new Uint8Array(readFileSync(join(folder, path)));
    const opened = await openOnnx(bytesSource(file));
    if (opened.graphProblem !== undefined) problems.push(`${path}: ${opened.graphProblem}`);
    if (Buffer.compare(await restored(opened), file) !== 0) problems.push(`${path}: not restored`);
  }
  expect(problems).toEqual([]);
});
