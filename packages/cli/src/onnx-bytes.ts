import { writeOnnx } from "@deep-compression/model-io";
import { open } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { withSource } from "./input-file";
import { runnableFile } from "./runnable-file";

const NOT_ONE_FILE =
  "it has tensors in files of their own and no graph that we know; restore it and compare the .onnx file";

/**
 * The ONNX model that a .dcz file holds, restored in memory: that which it was made of, or one that is written of its graph, as where
 * tensors had files of their own. Of a model.json, one that is written of its graph.
 *
 * @throws Error for a file without either
 */
export async function onnxBytesOf(file: string): Promise<Uint8Array> {
  if (file.toLowerCase().endsWith(".json")) return writeOnnx(await runnableFile(file, {}));
  return doing(`restore ${quoted(file)}`, () =>
    withSource(file, {}, async (source) => {
      const opened = await open(source);
      const [main, ...others] = opened.files;
      if (main !== undefined && opened.format === "onnx") {
        if (others.length === 0) return main.source.slice(0);
        if (!opened.graph) throw new Error(NOT_ONE_FILE);
      }
      return writeOnnx(await opened.network());
    }),
  );
}
