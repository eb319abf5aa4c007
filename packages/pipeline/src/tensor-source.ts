import {
  assertGraph,
  type ElementType,
  elementBytes,
  elementCount,
  elementTypes,
  type Graph,
} from "@deep-compression/network";
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

/** @throws TypeError, RangeError for an unknown element type, two tensors of one name, or a graph that is not whole */
export function assertOutline({ graph, tensors }: NetworkOutline): void {
  const names = new Set<string>();
  for (const { name, type, shape } of tensors) {
    if (names.has(name)) throw new RangeError(`two tensors are named "${name}"`);
    names.add(name);
    if (!Object.hasOwn(elementTypes, type)) throw new TypeError(`tensor "${name}": unknown element type "${type}"`);
    const length = elementBytes(type, elementCount(shape));
    if (length > MAX_ARRAY_BYTES) {
      throw new RangeError(
        `tensor "${name}": expected at most the ${MAX_ARRAY_BYTES} bytes of an array, got ${length}`,
      );
    }
  }
  if (graph) assertGraph(graph, names);
}
