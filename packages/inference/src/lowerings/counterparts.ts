import type { Lowering } from "../lowering";

/** The operator of ONNX's own of the same name. */
export const same: Lowering = ({ node, addAll }) => addAll(node.op, node.inputs, node.outputs.length, node.attributes);

/** Range, whose step is 1 if it is not there. */
export const range: Lowering = ({ input, add, numberLike }) => [
  add("Range", [input(0), input(1), input(2) || numberLike(0, 1)]),
];

/** Unique: values in the order in which they come, the place among them of each element, how often each is there. */
export const unique: Lowering = ({ input, addAll }) => {
  const [values, , places, counts] = addAll("Unique", [input(0)], 4, { sorted: 0 });
  return [values!, places!, counts!];
};
