import { checkList, checkObject, checkText, describeValue, quoted } from "@deep-compression/runtime";
import { assertGraph } from "./check-graph";
import type { Graph } from "./graph";
import type { Quantization } from "./quantization";
import { assertTensor, type Tensor, tensorBytes } from "./tensor";

/** A trained network: tensors by name, and the graph that uses them; without a graph, weights only. */
export interface Network {
  readonly graph: Graph | undefined;
  readonly tensors: readonly Tensor[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A tensor whose bytes are read when they are asked for. */
export interface TensorSource extends Omit<Tensor, "bytes"> {
  /** Its elements, row-major, little-endian. May be called several times, and must give the same bytes each time. */
  read(): Uint8Array | Promise<Uint8Array>;
  /** "copies": each time it is an array that nobody else holds, so that it may be handed to a thread. */
  readonly reads?: "copies";
}

/** What is known of a network before any of its tensors is read. */
export interface NetworkOutline {
  readonly graph?: Graph | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tensors: readonly Omit<Tensor, "bytes">[];
  /** Names of the tensors that are multiplied by or looked up in, where that is known without a graph. */
  readonly weights?: ReadonlySet<string> | undefined;
  /** What tensors of 8-bit integers stand for, where that is known without a graph. */
  readonly quantizations?: ReadonlyMap<string, Quantization> | undefined;
}

/** A network whose tensors are read one at a time, so that it may be larger than memory. */
export interface NetworkSource extends NetworkOutline {
  readonly tensors: readonly TensorSource[];
}

/**
 * Checks that a network is whole: every tensor has the bytes of its shape, every name has one meaning, and every value
 * that a node or an output needs is an input, a tensor, or made by an earlier node.
 *
 * @throws TypeError, RangeError that names the tensor, node or value at fault
 */
export function assertNetwork(network: Network): void {
  const { graph, tensors } = checkObject("network", network);
  const names = checkTensors(tensors, assertTensor);
  if (graph !== undefined && graph !== null) assertGraph(graph, names);
}

/**
 * Checks what is known of a network before any of its tensors is read.
 *
 * @param options.maxBytes most bytes of a tensor
 * @throws TypeError, RangeError that name the tensor, the metadata's key, or the graph's node or value at fault
 */
export function assertOutline(outline: NetworkOutline, options: { readonly maxBytes: number }): void {
  const { graph, metadata = {}, tensors } = checkObject("network", outline);
  checkMetadata("network.metadata", metadata);
  const names = checkTensors(tensors, (tensor) => {
    const length = tensorBytes(tensor);
    if (length <= options.maxBytes) return;
    const expected = `at most the ${options.maxBytes} bytes of an array`;
    throw new RangeError(`tensor ${quoted(tensor.name)}: expected ${expected}, got ${length}`);
  });
  if (graph) assertGraph(graph, names);
}

/** The names of tensors, each of which `check` lets pass. @throws RangeError if two have the same */
function checkTensors<T extends { readonly name: string }>(tensors: readonly T[], check: (tensor: T) => void) {
  const names = new Set<string>();
  for (const tensor of checkList("network.tensors", tensors)) {
    check(tensor);
    if (names.has(tensor.name)) throw new RangeError(`two tensors are named ${quoted(tensor.name)}`);
    names.add(tensor.name);
  }
  return names;
}

/** @throws TypeError, RangeError for metadata that are no texts by name */
export function checkMetadata(where: string, metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(checkObject(where, metadata))) {
    checkText(`a key of ${where}`, key);
    checkText(`${where}[${quoted(key)}]`, value);
  }
}

/** @throws TypeError naming a tensor that cannot be read */
export function checkReads({ tensors }: NetworkSource): void {
  for (const { name, read } of tensors) {
    if (typeof read === "function") continue;
    throw new TypeError(`tensor ${quoted(name)}: read: expected a function, got ${describeValue(read)}`);
  }
}
