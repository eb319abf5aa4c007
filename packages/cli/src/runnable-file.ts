import { open } from "@deep-compression/pipeline";
import { withSource } from "./input-file";
import { withModel } from "./open-model-file";
import type { Terminal } from "./terminal";
import { type RunnableNetwork, wholeNetwork } from "./whole-network";

/**
 * The network of a .dcz file or of a model, in memory.
 *
 * @throws Error for a file that cannot be read, or that has no graph that we know
 */
export async function runnableFile(file: string, terminal: Pick<Terminal, "input">): Promise<RunnableNetwork> {
  if (!file.toLowerCase().endsWith(".dcz")) return withModel(file, terminal, wholeNetwork);
  return withSource(file, terminal, async (source) => {
    const { graph, tensors } = await (await open(source)).network();
    if (!graph) throw new Error("it has no graph that we know");
    return { graph, tensors };
  });
}
