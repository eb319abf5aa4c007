import { checkObject, checkText, describeValue } from "@deep-compression/runtime";
import type { ElementType } from "./element-types";
import type { Graph } from "./graph";
import { assertGraph } from "./network";
import { tensorBytes } from "./tensor";

/** A tensor whose bytes are read when they are asked for. */
export interface TensorSource {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Its elements, row-major, little-endian. May be called several times, and must give the same bytes each time. */
  read(): Uint8Array | Promise<Uint8Array>;
}

/** A network whose tensors are read one at a time, so that it may be larger than memory. */
export interface NetworkSource {
  readonly graph?: Graph | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tensors: readonly TensorSource[];
}

/** What is known of a network before any of its tensors is read. */
export type NetworkOutline = Omit<NetworkSource, "tensors"> & {
  readonly tensors: readonly Omit<TensorSource, "read">[];
};

/**
 * Checks what is known of a network before any of its tensors is read.
 *
 * @param options.maxBytes most bytes of a tensor
 * @throws TypeError, RangeError that name the tensor, the metadata's key, or the graph's node or value at fault
 */
export function assertOutline(outline: NetworkOutline, options: { readonly maxBytes: number }): void {
  const { graph, metadata = {}, tensors } = checkObject("network", outline);
  checkMetadata("network.metadata", metadata);
  if (!Array.isArray(tensors)) throw new TypeError(`network.tensors: expected an array, got ${describeValue(tensors)}`);
  if (tensors.length === 0) throw new RangeError("network.tensors: expected a model with weights, got none");
  const names = new Set<string>();
  for (const tensor of tensors) {
    const length = tensorBytes(tensor);
    const { name } = tensor;
    if (names.has(name)) throw new RangeError(`two tensors are named "${name}"`);
    names.add(name);
    if (length <= options.maxBytes) continue;
    throw new RangeError(`tensor "${name}": expected at most the ${options.maxBytes} bytes of an array, got ${length}`);
  }
  if (graph) assertGraph(graph, names);
}

/** @throws TypeError, RangeError for metadata that are no texts by name */
export function checkMetadata(where: string, metadata: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(checkObject(where, metadata))) {
    checkText(`a key of ${where}`, key);
    checkText(`${where}[${JSON.stringify(key)}]`, value);
  }
}

/** @throws TypeError naming a tensor that cannot be read */
export function checkReads({ tensors }: NetworkSource): void {
  for (const { name, read } of tensors) {
    if (typeof read === "function") continue;
    throw new TypeError(`tensor "${name}": read: expected a function, got ${describeValue(read)}`);
  }
}
