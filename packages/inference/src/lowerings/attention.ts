import { type Attribute, floatAttribute, intAttribute, intsAttribute, type Node } from "@deep-compression/network";
import type { Lowered, Lowering, LoweringSite } from "../lowering";

/** What is added where a token must not look. */
const LOWEST = -3.4028234663852886e38;
/** Heads in front of the sequence. */
const HEADS_FIRST = { perm: [0, 2, 1, 3] };

interface Attended {
  /** [batch, sequence, hidden]. */
  readonly q: string;
  readonly k: string;
  readonly v: string;
  /** Which input tells what may be looked at. */
  readonly mask: number;
  /** Which input is added to the products of queries and keys. */
  readonly bias: number;
}

/** Attention: one product makes queries, keys and values of its input. */
export const attention: Lowering = (site) => {
  const { node, input, add, addAll, isRead } = site;
  if (input(4) !== "" || input(6) !== "" || isRead(1)) return { whyNot: "a past state is not taken" };
  if (intAttribute(node, "do_rotary", 0) !== 0) return { whyNot: "do_rotary is not taken" };
  const product = add("MatMul", [input(0), input(1)]);
  const all = input(2) === "" ? product : add("Add", [product, input(2)]);
  const sizes = intsAttribute(node, "qkv_hidden_sizes") ?? [];
  const parts = sizes.length === 0 ? [all] : [all, site.integers(sizes)];
  const [q, k, v] = addAll("Split", parts, 3, { axis: -1 }) as [string, string, string];
  return attended(site, { q, k, v, mask: 3, bias: 5 });
};

/** MultiHeadAttention: of queries, keys and values of three axes each. */
export const multiHeadAttention: Lowering = (site) => {
  const { input, add, addAll } = site;
  if (input(1) === "" || input(2) === "") return { whyNot: "packed keys and values are not taken" };
  if ([6, 7, 8, 9].some((index) => input(index) !== "") || site.isRead(1) || site.isRead(2) || site.isRead(3))
    return { whyNot: "past keys and values are not taken" };
  // Says so if there are other than three axes, which would be another order of them.
  const given = [0, 1, 2].map((index) => add("Einsum", [input(index)], { equation: "bsd->bsd" }));
  const biases = input(3) === "" ? [] : addAll("Split", [input(3)], 3, { axis: 0 });
  const [q, k, v] = given.map((value, i) => (biases.length === 0 ? value : add("Add", [value, biases[i]!])));
  return attended(site, { q: q!, k: k!, v: v!, mask: 4, bias: 5 });
};

/** Softmax of the scaled products of queries and keys, times the values. */
function attended(site: LoweringSite, { q, k, v, mask, bias }: Attended): Lowered {
  const { node, input, add } = site;
  const heads = site.integers([0, 0, intAttribute(node, "num_heads", 1), -1]);
  const [byHead, keys, values] = [q, k, v].map((value) => add("Reshape", [value, heads])) as [string, string, string];
  const queries = add("Transpose", [scaledQueries(site, byHead)], HEADS_FIRST);
  let scores = add("MatMul", [queries, add("Transpose", [keys], { perm: [0, 2, 3, 1] })]);
  if (input(mask) !== "") scores = add("Add", [scores, masked(site, mask, scores)]);
  if (input(bias) !== "") scores = add("Add", [scores, input(bias)]);
  if (intAttribute(node, "unidirectional", 0) !== 0) scores = add("Add", [scores, causal(site, scores)]);
  const weights = add("Softmax", [scores], { axis: -1 }, { opset: 13 });
  const sums = add("MatMul", [weights, add("Transpose", [values], HEADS_FIRST)]);
  return [add("Reshape", [add("Transpose", [sums], HEADS_FIRST), site.integers([0, 0, -1])])];
}

/** Queries [batch, sequence, heads, size] times the scale, which is one over the root of the size if none is given. */
function scaledQueries({ node, add, numberLike }: LoweringSite, queries: string): string {
  const scale = floatAttribute(node, "scale", 0);
  if (scale !== 0) return add("Mul", [queries, numberLike(0, scale)]);
  const size = add("CastLike", [add("Shape", [queries], { start: 3 }), queries]);
  return add("Div", [queries, add("Sqrt", [size])]);
}

/** What a mask adds to scores: one number a token that may be looked at, or how many of the first may. */
function masked(site: LoweringSite, mask: number, scores: string): string {
  const { node, input, add } = site;
  const given = input(mask);
  const [zero, one] = [add("Constant", [], { value_int: 0 }), add("Constant", [], { value_int: 1 })];
  const rows = add("Concat", [add("Shape", [scores], { end: 1 }), site.integers([1])], { axis: 0 });
  const length = add("Squeeze", [add("Shape", [scores], { start: 3 })], { axes: [0] });
  const isOne = add("Equal", [add("Size", [add("Shape", [given])]), one]);
  const counted = branch(`${isOne}/of counts`, [
    ["Range", [zero, length, one]],
    ["Reshape", [given, rows]],
    ["Cast", [1], { to: INT64 }],
    ["Less", [0, 2]],
  ]);
  // Of the type of the scores, so that a branch which is not taken is not run at once where the mask is a constant.
  const listed = branch(`${isOne}/of tokens`, [
    ["CastLike", [given, scores]],
    ["Einsum", [0], { equation: "bt->bt" }],
    ["CastLike", [zero, scores]],
    ["Greater", [1, 2]],
  ]);
  const kept = add("If", [isOne], { then_branch: counted, else_branch: listed });
  const left = add("CastLike", [add("Not", [kept]), scores]);
  const terms = add("Mul", [left, site.numberLike(0, floatAttribute(node, "mask_filter_value", -10_000))]);
  return add("Unsqueeze", [terms], { axes: [1, 2] });
}

/** The code of int64 in ONNX's types. */
const INT64 = 7;

/** The nodes of a branch, whose last gives its output: a number is the output of an earlier one. */
function branch(
  name: string,
  nodes: readonly (readonly [op: string, inputs: readonly (string | number)[], attributes?: Node["attributes"]])[],
): Attribute {
  const nameOf = (index: number) => `${name}/${index}`;
  return {
    graph: {
      inputs: [],
      outputs: [{ name: nameOf(nodes.length - 1) }],
      tensors: {},
      nodes: nodes.map(([op, inputs, attributes = {}], index) => ({
        op,
        inputs: inputs.map((input) => (typeof input === "number" ? nameOf(input) : input)),
        outputs: [nameOf(index)],
        attributes,
      })),
    },
  };
}

/** What keeps a token from those behind it. */
function causal({ add }: LoweringSite, scores: string): string {
  const bytes = new Uint8Array(Float32Array.of(LOWEST).buffer);
  const value = { tensor: { name: "", type: "float32", shape: [1], bytes } } as const;
  const filled = add("ConstantOfShape", [add("Shape", [scores], { start: 2 })], { value });
  const behind = add("Trilu", [filled, add("Constant", [], { value_int: 1 })], { upper: 1 });
  return add("CastLike", [behind, scores]);
}

/** EmbedLayerNormalization: the normalized sum of the rows of words, positions and segments, and how many tokens there are. */
export const embedLayerNormalization: Lowering = (site) => {
  const { node, input, add, isRead } = site;
  const places = add("Shape", [input(0)], { start: 1 });
  const positions =
    input(8) === "" ? add("Slice", [input(3), site.integers([0]), places]) : add("Gather", [input(3), input(8)]);
  const words = add("Add", [add("Gather", [input(2), input(0)]), positions]);
  const sum = input(1) === "" ? words : add("Add", [words, add("Gather", [input(4), input(1)])]);
  const epsilon = { float: floatAttribute(node, "epsilon", 1e-12) };
  const normalized = add("LayerNormalization", [sum, input(5), input(6)], { epsilon });
  if (!isRead(1)) return [normalized, "", sum];
  if (input(7) === "") return { whyNot: "a count of tokens without a mask is not taken" };
  return [normalized, add("ReduceSum", [input(7)], { axes: [1], keepdims: 0 }), sum];
};
