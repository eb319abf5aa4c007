import { ARCHITECTURES, type Architecture, type Network } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";

/** The first way in which a network's tensors are not the parameters of an architecture; undefined if they are. */
function difference(network: Network, architecture: Architecture): string | undefined {
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  for (const { name, shape } of architecture.parameters) {
    const tensor = tensors.get(name);
    if (!tensor) return `tensor ${quoted(name)} is missing`;
    if (tensor.type !== "float32") return `tensor ${quoted(name)} is ${tensor.type}, not float32`;
    if (tensor.shape.join() !== shape.join())
      return `tensor ${quoted(name)} is ${shapeText(tensor.shape)}, not ${shapeText(shape)}`;
    tensors.delete(name);
  }
  const [extra] = tensors.keys();
  return extra === undefined ? undefined : `tensor ${quoted(extra)} is not one of its parameters`;
}

/** The architecture of the paper whose parameters a network's tensors are, by name, type and shape. */
export function findArchitecture(network: Network): Architecture | undefined {
  return ARCHITECTURES.find((architecture) => difference(network, architecture) === undefined);
}

/** Gives a network of weights only the graph of an architecture. @throws RangeError naming the first tensor that differs */
export function attachArchitecture(network: Network, architecture: Architecture): Network {
  const problem = difference(network, architecture);
  if (problem !== undefined) throw new RangeError(`the network is no ${architecture.name}: ${problem}`);
  return { ...network, graph: architecture.graph };
}
