import { type ByteSource, elementCount, FormatError, readExactly } from "@deep-compression/bits";
import { assertGraph, elementReader, type Graph } from "@deep-compression/network";
import { isObject } from "../json-text";
import type { KnownTensors } from "./graph-builder";
import { graphOfGraphModel } from "./graph-model";
import { graphOfLayersModel } from "./layers-model";
import { type StoredWeight, wholeNumbers } from "./stored-weights";

/** Most elements of a tensor that is read for the graph alone. */
const MOST_WHOLE_NUMBERS = 1024;

/** A weight, and where it stands. */
interface LocatedWeight extends StoredWeight {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a tensor may be one of sizes, axes or orders, which tell what a graph of TensorFlow does, so that its elements are read when a
 * model is opened.
 */
export function tellsOfGraph({ type, shape }: Pick<StoredWeight, "type" | "shape">): boolean {
  return (type === "int32" || type === "uint8" || type === "uint16") && elementCount(shape) <= MOST_WHOLE_NUMBERS;
}

/**
 * The graph of a model.json, or in one line why there is none; neither for weights that stand alone.
 *
 * @param whole the model's files back to back
 */
export async function understoodTopology(
  value: unknown,
  weights: readonly LocatedWeight[],
  whole: ByteSource,
): Promise<{ readonly graph: Graph } | { readonly problem: string | undefined }> {
  const topology = isObject(value) ? value.modelTopology : undefined;
  if (!isObject(value) || !isObject(topology)) return { problem: undefined };
  const known: KnownTensors = {
    heads: new Map(weights.map(({ name, type, shape }) => [name, { name, type, shape }])),
    integers: await integersOf(weights, whole),
  };
  const stored = new Map(weights.map((weight) => [weight.name, weight]));
  try {
    const graph = Array.isArray(topology.node)
      ? graphOfGraphModel({ topology, signature: value.signature ?? userSignature(value) }, stored, known)
      : graphOfLayersModel(topology, stored, known);
    assertGraph(graph, known.heads.keys());
    return { graph };
  } catch (error) {
    // Of a graph that does not fit together, assertGraph throws RangeError and TypeError.
    if (!(error instanceof FormatError || error instanceof RangeError || error instanceof TypeError)) throw error;
    return { problem: `the topology of the TensorFlow.js model was not understood: ${error.message}` };
  }
}

/** Where older converters put the signature. */
function userSignature({ userDefinedMetadata }: Readonly<Record<string, unknown>>): unknown {
  return isObject(userDefinedMetadata) ? userDefinedMetadata.signature : undefined;
}

async function integersOf(
  weights: readonly LocatedWeight[],
  whole: ByteSource,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const integers = new Map<string, readonly number[]>();
  for (const weight of weights) {
    const { name, type, shape, dtype, start, end } = weight;
    if (dtype !== "int32" || !tellsOfGraph(weight)) continue;
    const bytes = await readExactly(whole, start, end - start);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = elementReader(type);
    const numbers = wholeNumbers(
      weight,
      Array.from({ length: elementCount(shape) }, (_, i) => read(view, i)),
    );
    if (numbers !== undefined) integers.set(name, numbers);
  }
  return integers;
}
