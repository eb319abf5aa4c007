import { floatAttribute, floatTensor, type Graph, numericValues, type Tensor } from "@deep-compression/network";
import { gainOf } from "./behind-layer";
import type { NamedTensors } from "./executor";
import type { ValueReaders } from "./value-readers";

/**
 * BatchNormalizations of constants with means of 0 and variances of 1: what they were is part of scale and bias, so that half of the
 * numbers take no bytes. The outputs are the same but for rounding. Constants that anything else uses stay.
 */
export function mergedNormalizations(graph: Graph, tensors: NamedTensors, readers: ValueReaders): NamedTensors {
  const merged = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    if (node.op !== "BatchNormalization" || node.domain !== undefined) continue;
    const names = node.inputs.slice(1);
    const parameters = names.flatMap((name) => tensors.get(name) ?? []);
    const gain = gainOf(node, tensors);
    const isOwn = parameters.every(({ name, type }) => type === "float32" && readers.count(name) === 1);
    if (parameters.length !== 4 || gain === undefined || !isOwn || !gain.every(Number.isFinite)) continue;
    const [, bias, mean] = parameters.map(numericValues);
    const epsilon = floatAttribute(node, "epsilon", 1e-5);
    const values = [
      Float32Array.from(gain),
      Float32Array.from(gain, (own, i) => bias![i]! - own * mean![i]!),
      new Float32Array(gain.length),
      new Float32Array(gain.length).fill(1 - epsilon),
    ];
    for (const [i, { name, shape }] of parameters.entries()) merged.set(name, floatTensor(name, shape, values[i]!));
  }
  return merged;
}
