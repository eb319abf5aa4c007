import { activation } from "./elementwise-operators";
import type { GraphBuilder } from "./graph-builder";
import { boolOf, textOf, textsOf } from "./graph-nodes";
import type { Translation, TranslationTable } from "./translation";

/** Which of two matrices are turned before they are multiplied. */
interface Turned {
  readonly a: boolean;
  readonly b: boolean;
}

/** A product of two matrices. */
function product(graph: GraphBuilder, inputs: readonly string[], turned: Turned): string {
  const [a, b] = inputs as [string, string];
  if (!turned.a && !turned.b) return graph.noteRank(graph.add("MatMul", [a, b]), 2);
  const attributes = { ...(turned.a && { transA: 1 }), ...(turned.b && { transB: 1 }) };
  return graph.noteRank(graph.add("Gemm", [a, b], attributes), 2);
}

const matMul: Translation = ({ node, graph, inputs }) => {
  return [product(graph, inputs, { a: boolOf(node, "transpose_a"), b: boolOf(node, "transpose_b") })];
};

const fusedMatMul: Translation = (call) => {
  const { node, graph, inputs } = call;
  const operators = textsOf(node, "fused_ops");
  const [a, b, ...others] = inputs as [string, string, ...string[]];
  const [bias, alpha] = operators[0] === "BiasAdd" ? others : [undefined, others[0]];
  const after = operators.filter((name) => name !== "BiasAdd");
  if (after.length > 1 || !after.every((name) => ACTIVATIONS.has(name))) return undefined;
  const turned = { a: boolOf(node, "transpose_a"), b: boolOf(node, "transpose_b") };
  const attributes = { ...(turned.a && { transA: 1 }), ...(turned.b && { transB: 1 }) };
  const made =
    bias === undefined
      ? product(graph, inputs, turned)
      : graph.noteRank(graph.add("Gemm", [a, b, bias], attributes), 2);
  return [activation(call, after[0] ?? "Linear", made, alpha)!];
};

const ACTIVATIONS: ReadonlySet<string> = new Set(["Relu", "Relu6", "Elu", "Sigmoid", "LeakyRelu", "Prelu"]);

/** Products of stacks of matrices, which may be turned. */
const batchMatMul: Translation = ({ node, graph, inputs }) => {
  const [a, b] = inputs as [string, string];
  const turned = { a: boolOf(node, "adj_x"), b: boolOf(node, "adj_y") };
  if (!turned.a && !turned.b) return [graph.add("MatMul", [a, b])];
  const equation = `...${turned.a ? "ji" : "ij"},...${turned.b ? "kj" : "jk"}->...ik`;
  return [graph.add("Einsum", [a, b], { equation })];
};

const einsum: Translation = ({ node, graph, inputs }) => {
  const equation = textOf(node, "equation", "");
  return equation === "" ? undefined : [graph.add("Einsum", inputs, { equation })];
};

/** Products of matrices. */
export const PRODUCTS: TranslationTable = {
  MatMul: matMul,
  _FusedMatMul: fusedMatMul,
  BatchMatMul: batchMatMul,
  BatchMatMulV2: batchMatMul,
  Einsum: einsum,
};
