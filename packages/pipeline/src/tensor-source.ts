import { assertGraph, type ElementType, type Graph, tensorBytes } from "@deep-compression/network";
import { checkObject, checkText, describeValue } from "@deep-compression/runtime";
import { MAX_ARRAY_BYTES } from "./limits";

/** A tensor whose bytes are fetched when they are needed. */
export interface SourceTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Its elements, row-major, little-endian. May be called several times, and must give the same bytes each time. */
  read(): Uint8Array | Promise<Uint8Array>;
}

/** A network whose tensors are read one at a time, such as `openSafetensors` of model-io gives. */
export interface TensorSource {
  readonly graph?: Graph | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tensors: readonly SourceTensor[];
}

/** What is known of a network before any of its tensors is read. */
export type NetworkOutline = Omit<TensorSource, "tensors"> & {
  readonly tensors: readonly Omit<SourceTensor, "read">[];
};

/**
 * Checks what is known of a network before any of its tensors is read.
 *
 * @throws TypeError, RangeError that name the tensor, the metadata's key, or the graph's node or value at fault
 */
export function assertOutline(outline: NetworkOutline): void {
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
    if (length > MAX_ARRAY_BYTES) {
      throw new RangeError(
        `tensor "${name}": expected at most the ${MAX_ARRAY_BYTES} bytes of an array, got ${length}`,
      );
    }
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
export function checkReads({ tensors }: TensorSource): void {
  for (const { name, read } of tensors) {
    if (typeof read === "function") continue;
    throw new TypeError(`tensor "${name}": read: expected a function, got ${describeValue(read)}`);
  }
}
