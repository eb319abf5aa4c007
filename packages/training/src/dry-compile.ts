import type { Graph, Network } from "@deep-compression/network";
import { type CompiledGraph, compileGraph } from "./compile-graph";
import { inputOf, inputValue } from "./graph-input";
import type { LayerContext } from "./layer";
import { allocateParameters } from "./parameters";

/** A graph as it would be compiled, and what it would take. */
export interface DryCompile extends CompiledGraph {
  /** Bytes that values and gradients of one image take. */
  readonly imageBytes: number;
}

/**
 * Compiles a graph for one image and runs nothing.
 * @throws RangeError if training does not support it, naming the node; TypeError if a tensor that is trained is not float32.
 */
export function dryCompile(network: Network & { readonly graph: Graph }): DryCompile {
  const { graph } = network;
  let imageBytes = 0;
  const nowhere = { allocate: () => 16, floats: (_address: number, length: number) => new Float32Array(length) };
  const scope = {
    allocate(bytes: number) {
      imageBytes += bytes;
      return 16;
    },
    release() {},
  };
  const context: LayerContext = {
    scope,
    parameters: allocateParameters(nowhere, network, 1),
    thread: 0,
    images: 1,
    emit() {},
    scratch: () => 16,
    trackerOf: () => undefined,
    trackDecay: 1,
  };
  const info = inputOf(network);
  const compiled = compileGraph(context, graph, { input: { name: info.name, value: inputValue(info, context) } });
  return { ...compiled, imageBytes };
}
