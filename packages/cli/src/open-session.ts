import { prepare, type Session } from "@deep-compression/inference";
import { ARCHITECTURES, type Graph } from "@deep-compression/network";
import { open, type StoredWeights } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { withSource } from "./input-file";
import type { Terminal } from "./terminal";

/** A session that runs a .dcz file from its weights as stored. */
export async function openSession(file: string, terminal: Terminal): Promise<Session> {
  const { graph, weights } = await withSource(file, terminal, async (source) => {
    const opened = await open(source);
    return { graph: opened.graph, weights: await opened.weights() };
  });
  return doing(`run ${quoted(file)}`, () => prepare({ graph: graph ?? architectureOf(weights) }, weights));
}

/** The graph of the paper's network whose parameters the weights are. */
function architectureOf({ names, weight }: StoredWeights): Graph {
  const known = ARCHITECTURES.find(
    ({ parameters }) =>
      parameters.length === names.length &&
      parameters.every(({ name, shape }) => names.includes(name) && `${weight(name).shape}` === `${shape}`),
  );
  if (known) return known.graph;
  throw new Error("it holds weights only, no graph; compress an .onnx model instead");
}
