import { tensorBytes } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import { withSource } from "./input-file";
import { withModel } from "./open-model-file";
import type { Terminal } from "./terminal";
import { type RunnableNetwork, wholeNetwork } from "./whole-network";

/** Models are run twice over, layer by layer, beside others. */
const MOST_BYTES = 2 ** 29;

/**
 * The network of a .dcz file or of a model, in memory.
 *
 * @throws Error for a file that cannot be read, that has no graph that we know, or that is large
 */
export async function runnableFile(file: string, terminal: Pick<Terminal, "input">): Promise<RunnableNetwork> {
  if (!file.toLowerCase().endsWith(".dcz")) {
    return withModel(file, terminal, (model) => wholeNetwork(model, MOST_BYTES));
  }
  return withSource(file, terminal, async (source) => {
    const opened = await open(source);
    const bytes = opened.source.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
    if (bytes > MOST_BYTES) throw new Error(`its tensors take ${bytes} bytes, more than ${MOST_BYTES}`);
    const { graph, tensors } = await opened.network();
    if (!graph) throw new Error("it has no graph that we know");
    return { graph, tensors };
  });
}
