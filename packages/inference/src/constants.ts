import { FormatError } from "@deep-compression/bits";
import type { Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { Fusion } from "./fusion";
import type { Heap } from "./heap";
import type { HeapKernels } from "./heap-kernels";
import type { OperatorTable, WeightLayout } from "./operation";
import type { Team } from "./team";
import { arrayOfTensor } from "./tensor-arrays";
import { allocateValue, type HeapValue, inPlace } from "./value";
import { checkSize, denseValues, type StoredTensor, type WeightSource } from "./weight-source";

/** What all graphs of a session share while they are prepared. */
export interface Workshop {
  readonly heap: Heap;
  readonly kernels: HeapKernels;
  readonly team: Team;
  readonly operators: OperatorTable;
  /** The version of ONNX's operators that a node is of. */
  opsetOf(node: Node): number;
  /** Lets layers take in what follows them; undefined: each node is by itself. */
  readonly fuse: Fusion | undefined;
  readonly weights: KnownWeights;
  readonly maxIterations: number;
  /** Iterations of Loops and Scans so far, in this run or since `prepare` began. */
  iterations: number;
  /** Tensors whose elements are in the heap, by their names in the network. */
  readonly constants: Map<string, HeapValue>;
  weightBytes: number;
  /** Weights that nodes have laid out for themselves. */
  readonly layers: Layer[];
  /** Told after each node, if anyone asks. */
  onNode?: NodeListener | undefined;
}

/** A node and how it holds a weight. */
export interface Layer extends WeightLayout {
  readonly node: Node;
}

/** Is told how many milliseconds a node took, with the graphs that it ran. */
export type NodeListener = (node: Node, milliseconds: number) => void;

/** Tensors by name, each asked for once. */
export interface KnownWeights extends WeightSource {
  has(name: string): boolean;
  /** Takes in a tensor that was made of others. Returns the name that it has here, which no other has. */
  add(name: string, tensor: StoredTensor): string;
  /** Lets go of what it knows. */
  forget(): void;
}

export function knownWeights(source: WeightSource): KnownWeights {
  const known = new Map<string, StoredTensor>();
  const weight = (name: string) => {
    const found = known.get(name) ?? source.weight(name);
    known.set(name, found);
    return found;
  };
  const has = (name: string) => {
    try {
      weight(name);
      return true;
    } catch (cause) {
      // One that does not decode is there: whoever reads it tells what is wrong.
      return cause instanceof FormatError;
    }
  };
  return {
    weight,
    has,
    add(name, tensor) {
      let own = name;
      while (has(own)) own += "'";
      known.set(own, tensor);
      return own;
    },
    forget: () => known.clear(),
  };
}

/** The elements of a tensor of the network, in the heap. @throws TypeError for a type that no value has; FormatError */
export function constantNamed(workshop: Workshop, name: string): HeapValue {
  const { constants, weights } = workshop;
  const known = constants.get(name);
  if (known !== undefined) return known;
  const value = keptTensor(workshop, name, weights.weight(name));
  constants.set(name, value);
  return value;
}

/** A tensor in the heap for the session's life. @throws as {@link constantNamed} */
export function keptTensor(workshop: Workshop, name: string, tensor: StoredTensor): HeapValue {
  const place = `tensor ${quoted(name)}`;
  const value = inPlace(
    () => place,
    () => allocateValue(workshop.heap, tensor.type ?? "float32", tensor.shape),
  );
  value.block.uses = Number.POSITIVE_INFINITY;
  if ("stored" in tensor) (value.data as Float32Array).set(denseValues(name, tensor));
  else {
    checkSize(name, tensor.shape, value.size);
    value.data.set(arrayOfTensor(tensor).data as never);
  }
  workshop.weightBytes += value.block.bytes;
  return value;
}
