import { type ByteSource, elementCount, FormatError, readExactly } from "@deep-compression/bits";
import { assertGraph, elementReader, type Graph } from "@deep-compression/network";
import { isObject } from "../json-text";
import { tellsOfGraph } from "../tells-of-graph";
import type { KnownTensors } from "./graph-builder";
import { graphOfGraphModel } from "./graph-model";
import { graphOfLayersModel } from "./layers-model";
import { type StoredWeight, wholeNumbers } from "./stored-weights";

/** A weight, and where it stands. */
interface LocatedWeight extends StoredWeight {
  readonly start: number;
  readonly end: number;
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
