import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { bytesSource, elementCount } from "@deep-compression/bits";
import { openModel } from "@deep-compression/model-io";
import { floatTensor, floatValues, intsAttribute, type Network, type Tensor } from "@deep-compression/network";

/** A model of TensorFlow.js as a network of ONNX's operators, from its model.json. @throws Error for one whose graph is not understood */
export async function tfjsNetwork(main: string): Promise<Network> {
  const sourceOf = async (path: string) => bytesSource(new Uint8Array(await readFile(path)));
  const folder = (name: string) => sourceOf(join(dirname(main), name));
  const { network, graphProblem } = await openModel(await sourceOf(main), { name: basename(main), folder });
  const { graph } = network;
  if (graph === undefined) throw new Error(graphProblem ?? "the model has no graph");
  const tensors: Tensor[] = [];
  for (const { name, type, shape, read } of network.tensors) tensors.push({ name, type, shape, bytes: await read() });
  return { graph, tensors };
}

/** The same network with weights that it turns before it uses them turned already: as ONNX has filters, by the channels that they make. */
export function withTurnedWeights(network: Network): Network {
  const graph = network.graph!;
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const turned = new Map<string, Tensor>();
  const nodes = graph.nodes.filter((node) => {
    const [name = ""] = node.inputs;
    const [output = ""] = node.outputs;
    const tensor = tensors.get(name);
    const order = intsAttribute(node, "perm");
    if (node.op !== "Transpose" || tensor?.type !== "float32" || order === undefined) return true;
    turned.set(output, turnedTensor(output, tensor, order));
    return false;
  });
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]);
  const all = [...network.tensors, ...turned.values()].filter(({ name }) => used.has(name));
  return { graph: { ...graph, nodes }, tensors: all };
}

function turnedTensor(name: string, tensor: Tensor, order: readonly number[]): Tensor {
  const values = floatValues(tensor);
  const shape = order.map((axis) => tensor.shape[axis]!);
  const strides = order.map((axis) => elementCount(tensor.shape.slice(axis + 1)));
  const turned = Float32Array.from({ length: values.length }, (_, place) => {
    let [rest, at] = [place, 0];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return values[at]!;
  });
  return floatTensor(name, shape, turned);
}
