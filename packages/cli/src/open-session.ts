import { prepare, type Session } from "@deep-compression/inference";
import { ARCHITECTURES, type Graph } from "@deep-compression/network";
import { type OpenedWeights, openWeights } from "@deep-compression/pipeline";
import { doing } from "./failure";
import { withSource } from "./input-file";

/** A session that runs a .dcz file from its weights as stored. */
export async function openSession(file: string): Promise<Session> {
  const opened = await withSource(file, (source) => openWeights(source));
  return doing(`run "${file}"`, () => prepare({ graph: graphOf(opened) }, opened.weights));
}

/** The file's own graph; for weights only, that of the paper's network whose parameters they are. */
function graphOf({ graph, names, weights }: OpenedWeights): Graph {
  if (graph) return graph;
  const known = ARCHITECTURES.find(
    ({ parameters }) =>
      parameters.length === names.length &&
      parameters.every(({ name, shape }) => names.includes(name) && `${weights.weight(name).shape}` === `${shape}`),
  );
  if (known) return known.graph;
  throw new Error("it holds weights only, no graph; compress an .onnx model instead");
}
