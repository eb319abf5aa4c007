import { elementCount } from "@deep-compression/bits";
import {
  elementsOfValues,
  floatTensor,
  type Graph,
  isFloatType,
  type Network,
  type Node,
  numericValues,
  type Tensor,
  valuesRead,
} from "@deep-compression/network";
import type { Executor, NamedTensors } from "./executor";

type GraphNetwork = Network & { readonly graph: Graph };

/** Operators that put elements elsewhere, leave some out, or give them another type of float. */
const REARRANGING: ReadonlySet<string> = new Set([
  "Cast",
  "Concat",
  "Flatten",
  "Identity",
  "Reshape",
  "Slice",
  "Split",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
]);

/** Whole numbers that float32 tells apart. */
const MOST_ELEMENTS = 2 ** 24;

/** A tensor that a graph makes of the elements of another. */
interface Rearranged {
  readonly tensor: Tensor;
  /** The tensor that it is made of, and for each of its elements the one there. */
  readonly source: string;
  readonly elements: Uint32Array;
}

/** A network in which weights that were rearranged before they met their inputs are tensors themselves. */
export interface DirectNetwork extends GraphNetwork {
  readonly rearranged: readonly Rearranged[];
}

/**
 * Puts weights that a graph rearranges, such as one that it transposes, in the place of what it makes of them. Where each element
 * comes from is found by running these nodes on numbers that count the elements.
 */
export async function withRearrangedTensors(
  network: GraphNetwork,
  weights: ReadonlySet<string>,
  executor: Executor,
): Promise<DirectNetwork> {
  const { graph, tensors } = network;
  const sources = sourcesOf(network, weights);
  const rearranged: Rearranged[] = [];
  for (const tensor of tensors) {
    const values = endsOf(graph, tensor.name, sources);
    const own: Rearranged[] = [];
    for (const value of values) own.push(...(await rearrangedFrom(network, { value, tensor, executor })));
    if (own.length === values.length && isDisjoint(own)) rearranged.push(...own);
  }
  const done = new Set(rearranged.map(({ source }) => source));
  const isLeft = ({ outputs }: Node) => !outputs.some((name) => done.has(sources.get(name) ?? ""));
  return {
    ...network,
    graph: { ...graph, nodes: graph.nodes.filter(isLeft) },
    tensors: [...tensors, ...rearranged.map(({ tensor }) => tensor)],
    rearranged,
  };
}

/** Tensors with the elements that rearranged ones have been given, in the place of these. */
export function atTheirSources(
  { rearranged, tensors }: DirectNetwork,
  replaced: NamedTensors,
): ReadonlyMap<string, Tensor> {
  const found = new Map(replaced);
  for (const { tensor, source, elements } of rearranged) {
    const own = found.get(tensor.name);
    if (own === undefined) continue;
    found.delete(tensor.name);
    const before = found.get(source) ?? tensors.find(({ name }) => name === source)!;
    const values = numericValues(before).slice();
    const changed = numericValues(own);
    for (const [i, at] of elements.entries()) values[at] = changed[i]!;
    found.set(source, { ...before, bytes: elementsOfValues(before.type, values) });
  }
  return found;
}

function isRearranging({ op, domain = "" }: Node): boolean {
  return REARRANGING.has(op) && (domain === "" || domain === "ai.onnx");
}

/** The one weight that each value is rearranged from, where nothing but constants is put together with it. */
function sourcesOf({ graph, tensors }: GraphNetwork, weights: ReadonlySet<string>): ReadonlyMap<string, string> {
  const constants = new Set(tensors.map(({ name }) => name).filter((name) => !weights.has(name)));
  const sources = new Map<string, string>();
  for (const node of graph.nodes) {
    const inputs = [...valuesRead(node)];
    const from = new Set(inputs.flatMap((name) => (weights.has(name) ? [name] : (sources.get(name) ?? []))));
    const [source] = from;
    const others = inputs.filter((name) => !weights.has(name) && !sources.has(name));
    if (!others.every((name) => constants.has(name))) continue;
    if (source === undefined) for (const name of node.outputs) constants.add(name);
    else if (from.size === 1 && isRearranging(node)) for (const name of node.outputs) sources.set(name, source);
  }
  return sources;
}

/** What nodes that do something else take of a weight once it is rearranged; none if anything takes it in another way too. */
function endsOf({ nodes, outputs }: Graph, source: string, sources: ReadonlyMap<string, string>): readonly string[] {
  const ends = new Set<string>();
  for (const node of nodes) {
    const read = [...valuesRead(node)].filter((name) => name === source || sources.get(name) === source);
    if (isRearranging(node)) continue;
    if (read.some((name) => name === source || !node.inputs.includes(name))) return [];
    for (const name of read) ends.add(name);
  }
  return outputs.some(({ name }) => sources.get(name) === source) ? [] : [...ends];
}

function isDisjoint(all: readonly Rearranged[]): boolean {
  const seen = new Set<number>();
  for (const { elements } of all) {
    for (const at of elements) {
      if (seen.has(at)) return false;
      seen.add(at);
    }
  }
  return true;
}

/** What a value is made of; none if it is no arrangement of one tensor's elements. */
async function rearrangedFrom(
  { graph, tensors }: GraphNetwork,
  { value, tensor, executor }: { readonly value: string; readonly tensor: Tensor; readonly executor: Executor },
): Promise<readonly Rearranged[]> {
  const count = elementCount(tensor.shape);
  if (count > MOST_ELEMENTS || !isFloatType(tensor.type)) return [];
  const counting = floatTensor(
    tensor.name,
    tensor.shape,
    Float32Array.from({ length: count }, (_, i) => i),
  );
  const nodes = nodesFor(graph, value);
  const needed = new Set(nodes.flatMap((node) => [...valuesRead(node)]));
  const part = {
    graph: { ...graph, inputs: [], nodes, outputs: [{ name: value }] },
    tensors: [...tensors.filter(({ name }) => needed.has(name) && name !== tensor.name), counting],
  };
  const prepared = await executor.prepare(part).catch(() => undefined);
  const made = (await prepared?.run(new Map()).catch(() => undefined))?.get(value);
  await prepared?.close();
  if (made === undefined || made.type !== "float32") return [];
  const elements = Uint32Array.from(numericValues(made));
  const values = numericValues(tensor);
  const own = floatTensor(
    value,
    made.shape,
    Float32Array.from(elements, (at) => values[at]!),
  );
  return [{ tensor: own, source: tensor.name, elements }];
}

/** The nodes that a value is made by, in their order. */
function nodesFor({ nodes }: Graph, value: string): readonly Node[] {
  const needed = new Set([value]);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of valuesRead(node)) needed.add(name);
    return true;
  });
  return kept.reverse();
}
