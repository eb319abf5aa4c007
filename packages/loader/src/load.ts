import { loadBytes } from "./load-bytes";
import { checkOptions, type LoadOptions } from "./load-options";
import { loadUrl } from "./load-url";
import type { LoadedModel } from "./loaded-model";
import { type ModelSource, sourceKind } from "./source-kind";

/**
 * Loads a `.dcz` file. Gives it as soon as its directory and what it says of its network are there and checked; its tensors
 * come when their bytes have come, decoded in workers. No byte is given out that was not held against its checksum.
 *
 * @throws LoadError; TypeError, RangeError for wrong arguments
 */
export async function load(source: ModelSource, options: LoadOptions = {}): Promise<LoadedModel> {
  const checked = checkOptions(options);
  const kind = sourceKind(source);
  return kind.kind === "bytes" ? loadBytes(kind.source, checked) : loadUrl(kind, checked);
}
