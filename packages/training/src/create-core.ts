import { floatTensor, type Graph, intAttribute, type Network } from "@deep-compression/network";
import type { Core } from "./core";
import type { Engine } from "./engine";
import { allocateParameters, type Parameters } from "./parameters";

/**
 * What training works on, with the weights of a network.
 * @throws RangeError for a network without a graph; TypeError if a tensor that is trained is not float32
 */
export function createCore(engine: Engine, network: Network, { batch, seed }: { batch: number; seed: number }): Core {
  const { graph } = network;
  if (!graph) throw new RangeError("network: expected one with a graph");
  const parameters = allocateParameters(engine.arena, { ...network, graph }, engine.threads);
  for (const { mask, count } of parameters.list) engine.arena.floats(mask, count).fill(1);
  const classes = classesOf(graph, parameters);
  return { engine, network, graph, parameters, classes, batch, seed, tracking: { addresses: new Map(), batches: 0 } };
}

/** Outputs of the Gemm at the end; 0 without one. */
function classesOf({ nodes }: Graph, parameters: Parameters): number {
  const last = nodes.at(-1);
  if (last?.op !== "Gemm") return 0;
  return parameters.named(last.inputs[1]!).shape[intAttribute(last, "transB", 0) !== 0 ? 0 : 1]!;
}

/** The network with the weights as they are. */
export function networkOf({ engine, network, parameters }: Core): Network {
  const tensors = network.tensors.map((tensor) => {
    if (parameters.constants.has(tensor.name)) return tensor;
    const { weights, count } = parameters.named(tensor.name);
    return floatTensor(tensor.name, tensor.shape, engine.arena.floats(weights, count).slice());
  });
  return { ...network, tensors };
}
