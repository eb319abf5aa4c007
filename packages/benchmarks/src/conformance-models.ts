import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { NamedBytes } from "./model-round-trip";

/** Where Debian's package libonnx-testdata puts ONNX's own conformance models; another folder may be named instead. */
export const ONNX_CASES_FOLDER = process.env.DEEP_COMPRESSION_ONNX_TESTDATA ?? "/usr/share/libonnx-testdata/data";

/** How many .onnx files version 1.12.0 of the package has. */
export const CONFORMANCE_MODELS = 1072;

export function isConformanceInstalled(): boolean {
  return existsSync(ONNX_CASES_FOLDER);
}

/** The conformance models, one at a time, each named after its folder. */
export async function* conformanceModels(): AsyncGenerator<NamedBytes, void, void> {
  const entries = await readdir(ONNX_CASES_FOLDER, { recursive: true, withFileTypes: true });
  const paths = entries.filter(({ name }) => name.endsWith(".onnx")).map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort())
    yield {
      name: relative(ONNX_CASES_FOLDER, path).replaceAll("\\", "/"),
      bytes: new Uint8Array(await readFile(path)),
    };
}
