import { concatenated } from "@deep-compression/bits";
import { assertNetwork, type ElementType, type Network } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** A type of ours as a manifest tells it: what a weight is when it is used, and how it is stored if that is another type. */
const MANIFEST_TYPES: Readonly<Partial<Record<ElementType, object>>> = {
  float32: { dtype: "float32" },
  float16: { dtype: "float32", quantization: { dtype: "float16" } },
  int32: { dtype: "int32" },
  uint16: { dtype: "int32", quantization: { dtype: "uint16", min: 0, scale: 1 } },
  uint8: { dtype: "int32", quantization: { dtype: "uint8", min: 0, scale: 1 } },
  bool: { dtype: "bool" },
  complex64: { dtype: "complex64" },
};

/** A file to be written. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Writes a network's weights for TensorFlow.js (`tf.io.loadWeights`): a manifest, which comes first, and one file with the
 * elements of all tensors. Small unsigned integers are stored as they are and become int32 when they are loaded.
 *
 * @param options `name`: stem of the names of both files
 * @throws RangeError for an element type that TensorFlow.js has not, or a graph, which would be lost; as assertNetwork
 */
export function writeWeightsManifest(
  network: Network,
  { name }: { readonly name: string },
): readonly [manifest: NamedBytes, weights: NamedBytes] {
  assertNetwork(network);
  if (network.graph)
    throw new RangeError("network.graph: expected none: the graph cannot be written for TensorFlow.js");
  const weights = network.tensors.map(({ name: tensor, type, shape }) => {
    const described = MANIFEST_TYPES[type];
    if (!described) throw new RangeError(`tensor ${quoted(tensor)}: TensorFlow.js has no type for ${type}`);
    return { name: tensor, shape, ...described };
  });
  const shard = `${name}.bin`;
  const text = JSON.stringify([{ paths: [shard], weights }]);
  return [
    { name: `${name}-weights_manifest.json`, bytes: new TextEncoder().encode(text) },
    { name: shard, bytes: new Uint8Array(concatenated(network.tensors.map(({ bytes }) => bytes))) },
  ];
}
