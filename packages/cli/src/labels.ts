import { readIdxLabels, readNpy } from "@deep-compression/model-io";
import { numericValues } from "@deep-compression/network";
import { readInput } from "./input-file";

/**
 * The class of each item, of a .npy file or one in IDX format.
 *
 * @throws RangeError unless there are as many as items, all of them numbers of classes; FormatError
 */
export async function labelsOf(path: string, items: number): Promise<Float32Array> {
  const labels = await readInput(path, (bytes) =>
    bytes[0] === 0x93 ? numericValues(readNpy(bytes)) : Float32Array.from(readIdxLabels(bytes)),
  );
  if (labels.length !== items)
    throw new RangeError(`--labels: expected ${items} labels, one an item, got ${labels.length}`);
  const odd = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0));
  if (odd >= 0) throw new RangeError(`--labels: expected numbers of classes, got ${labels[odd]} for item ${odd}`);
  return labels;
}
