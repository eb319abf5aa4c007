import { writeOnnx } from "@deep-compression/model-io";
import { open } from "@deep-compression/pipeline";
import { doing } from "./failure";
import { withSource } from "./input-file";

/** The ONNX model that a .dcz file holds, restored in memory. */
export async function onnxBytesOf(file: string): Promise<Uint8Array> {
  const network = await withSource(file, async (source) => (await open(source)).network());
  return doing(`restore "${file}"`, () => writeOnnx(network));
}
