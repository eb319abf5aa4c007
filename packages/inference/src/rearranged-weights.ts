import { allocateCodes, type Codes, elementCount } from "@deep-compression/bits";
import type { ElementType, Node } from "@deep-compression/network";
import type { CodedWeight } from "@deep-compression/tensor-codec";
import type { Operation } from "./operation";
import { type Machine, madeOutput, runOperation } from "./run-program";
import { allocateValue, type HeapValue } from "./value";
import { denseValues, entriesOf, type ShapedWeight } from "./weight-source";

/** Operators whose output has each element of their first input once, in another place or under another shape. */
const REARRANGING: ReadonlySet<string> = new Set(["Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze"]);

/** A node that only constants go into, the first of them a weight as it is stored. */
export interface ConstantNode {
  readonly node: Node;
  readonly operation: Operation;
  readonly weight: ShapedWeight;
  /** The inputs behind the weight. */
  readonly others: readonly (HeapValue | undefined)[];
}

/** What a node makes of a weight, stored as that is; undefined where it does more than to rearrange its elements. */
export type Rearrange = (constant: ConstantNode, machine: Machine) => ShapedWeight | undefined;

/**
 * Rearranges a weight in its codes, so that the filters of a graph that turns them are computed with as any others are, and no second copy
 * of their elements stays. The node's operation does it, given the codes as a tensor of theirs. A weight with scales, whose
 * rows and columns they may not be afterwards, is rearranged as the values that it has.
 *
 * @throws FormatError, RangeError for a weight that does not decode; as the operation does
 */
export function rearranged(
  { node, operation, weight, others }: ConstantNode,
  machine: Machine,
): ShapedWeight | undefined {
  if (!REARRANGING.has(node.op)) return undefined;
  const name = node.inputs[0]!;
  const { type, stored } = weight;
  const turned = (given: Codes | Float32Array, as: ElementType) => {
    const value = allocateValue(machine.heap, as, weight.shape);
    value.data.set(given as never);
    const { values, taken } = runOperation({ node, operation }, [value, ...others], machine);
    const { shape, data } = madeOutput(node, values, 0);
    const found = { shape, data: data.slice() };
    for (const block of [value.block, ...taken]) machine.heap.free(block);
    return found;
  };
  if (stored.form === "raw" || stored.scales !== undefined) {
    const { shape, data } = turned(denseValues(name, weight), "float32");
    return { shape, ...(type && { type }), stored: { form: "raw", values: data as Float32Array } };
  }
  const { codes, centroids } = codesOfAll(name, weight.shape, stored);
  const { shape, data } = turned(codes, codes instanceof Uint8Array ? "uint8" : "uint16");
  return { shape, ...(type && { type }), stored: { form: "dense", codes: data as Codes, centroids } };
}

/** A code for each element, and what they stand for. */
function codesOfAll(name: string, shape: readonly number[], stored: CodedWeight) {
  if ("codes" in stored) return stored;
  const { positions, codes: own } = entriesOf(name, shape, stored);
  const hasZero = stored.centroids.includes(0);
  const centroids = hasZero ? stored.centroids : Float32Array.of(...stored.centroids, 0);
  const codes = allocateCodes(centroids.length, elementCount(shape)).fill(centroids.indexOf(0));
  for (let i = 0; i < own.length; i++) codes[positions[i]!] = own[i]!;
  return { codes, centroids };
}
