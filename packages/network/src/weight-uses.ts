import { isFloatType } from "./element-types";
import type { Graph } from "./graph";
import type { NetworkOutline } from "./network";
import type { Tensor } from "./tensor";
import { linkModel, newValue, type Value } from "./value-uses";
import { type TensorUse, weightByShape } from "./weight-shapes";

/**
 * How a network uses each of its tensors. A weight is the constant operand of a matrix product, a convolution, a recurrent
 * layer or a look-up, directly or behind nodes that change its shape or type only, in the graph, its subgraphs and its functions;
 * of integers only where a scale and a zero point make numbers of them (DequantizeLinear, QLinearConv, MatMulInteger, ...);
 * a tensor that is used in any other way too is none. Of what only operators take that are not known (TensorFlow's that ONNX has not), shape
 * and name decide. Where there is no graph, the outline's `weights` decide or, without
 * them, shape and name (at least 16 rows and columns, no mask by name).
 */
export function tensorUses(outline: NetworkOutline): ReadonlyMap<string, TensorUse> {
  const { graph, tensors, weights, quantizations } = outline;
  if (!graph && weights) return new Map(tensors.map(({ name }) => [name, namedUse(weights.has(name))]));
  if (!graph) return new Map(tensors.map((tensor) => [tensor.name, weightByShape(tensor)]));
  const values = new Map(tensors.map(({ name }) => [name, newValue("constant")]));
  linkModel(graph, values);
  // Where no integer stands for 0, numbers are made of them by arithmetic that the graph does not tell from other.
  const isTold = (name: string) => quantizations?.has(name) && weights?.has(name);
  return new Map(
    tensors.map((tensor) => {
      const use = useOf(values.get(tensor.name)!, tensor);
      return [tensor.name, !use.isWeight && isTold(tensor.name) ? namedUse(true) : use];
    }),
  );
}

function namedUse(isWeight: boolean): TensorUse {
  return { isWeight, as: isWeight ? "weight" : "not multiplied by" };
}

/** The tensors that a network uses as weights and the operator that does. As {@link tensorUses}. */
export function weightTensors(
  graph: Graph | undefined,
  tensors: NetworkOutline["tensors"],
): ReadonlyMap<string, { readonly op: string }> {
  const weights = [...tensorUses({ graph, tensors })].filter(([, { isWeight }]) => isWeight);
  return new Map(weights.map(([name, { as }]) => [name, { op: as }]));
}

/** Whether all that is done with a value is to make numbers of it by a scale and a zero point. */
function isDequantizedOnly({ uses }: Value): boolean {
  return uses.length > 0 && uses.every((use) => "passedTo" in use && use.dequantized);
}

/** What all uses of a value come to, through the nodes that pass it on. */
function useOf(value: Value, tensor: Pick<Tensor, "name" | "type" | "shape">): TensorUse {
  const { type, shape } = tensor;
  const found = {
    weightOf: new Set<string>(),
    others: new Set<string>(),
    unknown: new Set<string>(),
    isDequantized: false,
  };
  const pending = [value];
  const seen = new Set(pending);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const use of next.uses) {
      if ("weightOf" in use) {
        found.weightOf.add(use.weightOf);
        if (use.dequantized || (use.lookedUp && isDequantizedOnly(use.lookedUp))) found.isDequantized = true;
      } else if ("other" in use) found.others.add(use.other);
      else if ("unknown" in use) found.unknown.add(use.unknown);
      else {
        if (use.dequantized) found.isDequantized = true;
        if (!seen.has(use.passedTo)) pending.push(use.passedTo);
        seen.add(use.passedTo);
      }
    }
  }
  const [other] = found.others;
  if (other !== undefined) return { isWeight: false, as: other };
  const [op] = found.weightOf;
  const [unknown] = found.unknown;
  if (unknown !== undefined && op === undefined) return weightByShape(tensor);
  if (unknown !== undefined) return { isWeight: false, as: `operand of ${unknown}` };
  if (op === undefined) return { isWeight: false, as: "not used" };
  if (!isFloatType(type) && !found.isDequantized) return { isWeight: false, as: `${type} operand of ${op}` };
  if (op === "Gather" && shape.length < 2) return { isWeight: false, as: "list that Gather picks from" };
  return { isWeight: true, as: op };
}
