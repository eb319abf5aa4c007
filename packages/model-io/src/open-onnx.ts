import { type ByteSource, readExactly } from "@deep-compression/bits";
import { readOnnx } from "./onnx";
import type { ModelPlace, OpenedModel } from "./opened-model";

/** Opens an ONNX model, read whole. To be replaced by the reader that walks a file and locates its tensors. */
export async function openOnnx(source: ByteSource, place: ModelPlace = {}): Promise<OpenedModel> {
  const { tensors, ...rest } = readOnnx(await readExactly(source, 0, source.byteLength));
  return {
    format: "onnx",
    network: { ...rest, tensors: tensors.map(({ bytes, ...head }) => ({ ...head, read: () => bytes })) },
    files: [{ name: place.name ?? "model.onnx", source }],
    holes: [],
  };
}
