import { writeOnnx } from "@deep-compression/model-io";
import { open } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { withSource } from "./input-file";
import { runnableFile } from "./runnable-file";

/**
 * The ONNX model that a .dcz file holds, restored in memory: that which it was made of, or one that is written of its graph. Of a
 * model.json, one that is written of its graph.
 *
 * @throws Error for a file without either, or with tensors in files of their own
 */
export async function onnxBytesOf(file: string): Promise<Uint8Array> {
  if (file.toLowerCase().endsWith(".json")) return writeOnnx(await runnableFile(file, {}));
  return doing(`restore ${quoted(file)}`, () =>
    withSource(file, {}, async (source) => {
      const opened = await open(source);
      const [main, ...others] = opened.files;
      if (main === undefined || opened.format !== "onnx") return writeOnnx(await opened.network());
      if (others.length === 0) return main.source.slice(0);
      throw new Error(`it has tensors in files of their own; restore it and compare the .onnx file`);
    }),
  );
}
