import { axisInFirst, type GraphBuilder } from "./graph-builder";
import { intOf, intsOf, textOf, typeOf } from "./graph-nodes";
import { type Call, cast, sizes, type Translation, type TranslationTable } from "./translation";

/** Most parts that a value is cut into. */
const MOST_PARTS = 4096;

const reshape: Translation = ({ graph, inputs }) => {
  const rank = graph.integersOf(inputs[1])?.length;
  // In TensorFlow a size of 0 is one, in ONNX that of the input unless it is told otherwise.
  const hasZero = graph.integersOf(inputs[1])?.every((size) => size !== 0) !== true;
  const made = graph.add("Reshape", [inputs[0]!, sizes(graph, inputs[1])], { ...(hasZero && { allowzero: 1 }) });
  return [graph.noteRank(made, rank)];
};

const squeeze: Translation = ({ node, graph, inputs }) => {
  const axes = intsOf(node, "squeeze_dims") ?? intsOf(node, "axis") ?? [];
  return [graph.add("Squeeze", axes.length === 0 ? [inputs[0]!] : [inputs[0]!, graph.integers(axes)])];
};

const expandDims: Translation = ({ graph, inputs }) => {
  const rank = graph.rankOf(inputs[0]);
  const axes = graph.add("Reshape", [sizes(graph, inputs[1]), graph.integers([1])]);
  const known = graph.integersOf(inputs[1]);
  const made = graph.add("Unsqueeze", [inputs[0]!, known ? graph.integers(known) : axes]);
  return [graph.noteRank(made, rank === undefined ? undefined : rank + 1)];
};

/** The axes in another order. */
export function transposed(graph: GraphBuilder, value: string, order: readonly number[]): string {
  if (!graph.isTurned(value) || order.length !== 4)
    return graph.noteRank(graph.add("Transpose", [value], { perm: order }), order.length);
  const perm = order.map((axis) => axisInFirst(axis)!);
  const first = graph.channelsFirst(value);
  if (perm.every((axis, i) => axis === i)) return first;
  return graph.noteRank(graph.addRaw("Transpose", [first], { outputs: 1, attributes: { perm } })[0]!, 4);
}

const transpose: Translation = ({ graph, inputs }) => {
  const order = graph.integersOf(inputs[1]);
  return order && [transposed(graph, inputs[0]!, order)];
};

/** Amounts [axes, 2] in front of and behind each axis, as ONNX lists them. */
function padAmounts(graph: GraphBuilder, value: string, isTurned: boolean): string {
  const known = graph.integersOf(value);
  if (known !== undefined && known.length % 2 === 0) {
    const pairs = Array.from({ length: known.length / 2 }, (_, axis) => [known[2 * axis]!, known[2 * axis + 1]!]);
    const ordered = isTurned ? [0, 3, 1, 2].map((axis) => pairs[axis]!) : pairs;
    return graph.integers([...ordered.map(([before]) => before!), ...ordered.map(([, behind]) => behind!)]);
  }
  const turned = graph.add("Transpose", [cast(graph, value, "int64")], { perm: [1, 0] });
  return graph.add("Reshape", [turned, graph.integers([-1])]);
}

function padded(graph: GraphBuilder, inputs: readonly string[], mode: "constant" | "reflect"): string {
  const [value, amounts, fill] = inputs as [string, string, string | undefined];
  const isTurned = graph.isTurned(value) && graph.integersOf(amounts)?.length === 8;
  const list = padAmounts(graph, amounts, isTurned);
  const others = fill === undefined ? [list] : [list, fill];
  return isTurned ? graph.addTurned("Pad", value, others, { mode }) : graph.add("Pad", [value, ...others], { mode });
}

const mirrorPad: Translation = ({ node, graph, inputs }) =>
  textOf(node, "mode", "") === "REFLECT" ? [padded(graph, inputs.slice(0, 2), "reflect")] : undefined;

/** Values one behind the other along an axis. */
export function concatenated(graph: GraphBuilder, values: readonly string[], axis: number): string {
  const inFirst = axisInFirst(axis);
  if (inFirst === undefined || !values.every((name) => graph.isTurned(name)))
    return graph.add("Concat", values, { axis });
  const first = values.map((name) => graph.channelsFirst(name));
  return graph.turned(graph.addRaw("Concat", first, { outputs: 1, attributes: { axis: inFirst } })[0]!);
}

const concat: Translation = ({ graph, inputs }) => {
  const axis = graph.integersOf(inputs.at(-1))?.[0];
  return axis === undefined ? undefined : [concatenated(graph, inputs.slice(0, -1), axis)];
};

const firstConcat: Translation = ({ graph, inputs }) => {
  const axis = graph.integersOf(inputs[0])?.[0];
  return axis === undefined ? undefined : [concatenated(graph, inputs.slice(1), axis)];
};

const pack: Translation = ({ node, graph, inputs }) => {
  const axis = intOf(node, "axis", 0);
  const axes = graph.integers([axis]);
  const parts = inputs.map((name) => graph.add("Unsqueeze", [name, axes]));
  return [graph.add("Concat", parts, { axis })];
};

const unpack: Translation = ({ node, graph, inputs }) => {
  const [axis, count] = [intOf(node, "axis", 0), intOf(node, "num", 0)];
  if (count < 1 || count > MOST_PARTS) return undefined;
  const parts = split(graph, inputs[0]!, { axis, lengths: new Array<number>(count).fill(1) });
  return parts.map((name) => graph.add("Squeeze", [name, graph.integers([axis])]));
};

function split(
  graph: GraphBuilder,
  value: string,
  { axis, lengths }: { readonly axis: number; readonly lengths: readonly number[] },
): readonly string[] {
  return graph.addSeveral("Split", [value, graph.integers(lengths)], { outputs: lengths.length, attributes: { axis } });
}

const evenSplit: Translation = ({ node, graph, inputs }) => {
  const [axis, count] = [graph.integersOf(inputs[0])?.[0], intOf(node, "num_split", 0)];
  if (axis === undefined || count < 1 || count > MOST_PARTS) return undefined;
  return graph.addSeveral("Split", [inputs[1]!], { outputs: count, attributes: { axis, num_outputs: count } });
};

const unevenSplit: Translation = ({ graph, inputs }) => {
  const [lengths, axis] = [graph.integersOf(inputs[1]), graph.integersOf(inputs[2])?.[0]];
  if (axis === undefined || lengths === undefined || !lengths.every((length) => length >= 0)) return undefined;
  return split(graph, inputs[0]!, { axis, lengths });
};

const tile: Translation = ({ graph, inputs }) => [graph.add("Tile", [inputs[0]!, sizes(graph, inputs[1])])];

const gather: Translation = ({ node, graph, inputs }) => {
  const axis = inputs[2] === undefined ? 0 : graph.integersOf(inputs[2])?.[0];
  if (axis === undefined || intOf(node, "batch_dims", 0) !== 0) return undefined;
  return [graph.add("Gather", inputs.slice(0, 2), { axis })];
};

const gatherNd: Translation = ({ graph, inputs }) => [
  graph.add("GatherND", [inputs[0]!, cast(graph, inputs[1]!, "int64")]),
];

/** Zeros of a shape with updates added at their indices. */
const scatterNd: Translation = ({ node, graph, inputs }) => {
  const type = typeOf(node, "T") ?? "float32";
  const zeros = graph.add("Expand", [graph.number(0, type), sizes(graph, inputs[2])]);
  const indices = cast(graph, inputs[0]!, "int64");
  return [graph.add("ScatterND", [zeros, indices, inputs[1]!], { reduction: "add" })];
};

/** A shape full of one number, but for values at indices: of a list, or one a row. */
const sparseToDense: Translation = ({ graph, inputs }) => {
  const [indices, shape, values, other] = inputs as [string, string, string, string];
  const dense = graph.add("Expand", [other, sizes(graph, shape)]);
  const rank = graph.add("Shape", [shape]);
  const rows = graph.add("Reshape", [
    cast(graph, indices, "int64"),
    graph.add("Concat", [graph.integers([-1]), rank], { axis: 0 }),
  ]);
  const count = graph.add("Slice", [graph.add("Shape", [rows]), graph.integers([0]), graph.integers([1])]);
  return [graph.add("ScatterND", [dense, rows, graph.add("Expand", [values, count])])];
};

const shape: Translation = ({ graph, inputs }) => [cast(graph, graph.add("Shape", [inputs[0]!]), "int32")];
const rank: Translation = ({ graph, inputs }) => {
  return [cast(graph, graph.add("Size", [graph.add("Shape", [inputs[0]!])]), "int32")];
};
const size: Translation = ({ graph, inputs }) => [cast(graph, graph.add("Size", [inputs[0]!]), "int32")];

const fill: Translation = ({ graph, inputs }) => [graph.add("Expand", [inputs[1]!, sizes(graph, inputs[0])])];

function filledLike(value: number): Translation {
  return ({ node, graph, inputs }) => {
    const type = typeOf(node, "T");
    return type && [graph.add("Expand", [graph.number(value, type), graph.add("Shape", [inputs[0]!])])];
  };
}

const range: Translation = ({ graph, inputs }) => [graph.add("Range", inputs.slice(0, 3))];

const oneHot: Translation = ({ node, graph, inputs }) => {
  const [indices, depth, on, off] = inputs as [string, string, string, string];
  const one = graph.integers([1]);
  const values = graph.add("Concat", [graph.add("Reshape", [off, one]), graph.add("Reshape", [on, one])], { axis: 0 });
  return [graph.add("OneHot", [indices, depth, values], { axis: intOf(node, "axis", -1) })];
};

/** Where a condition holds: a row of indices each. */
const where: Translation = ({ graph, inputs }) => {
  const places = graph.add("Transpose", [graph.add("NonZero", [inputs[0]!])], { perm: [1, 0] });
  return [cast(graph, places, "int32")];
};

const broadcastTo: Translation = ({ graph, inputs }) => [graph.add("Expand", [inputs[0]!, sizes(graph, inputs[1])])];

const reverse: Translation = ({ graph, inputs }) => {
  const axes = graph.integersOf(inputs[1]);
  if (axes === undefined) return undefined;
  if (axes.length === 0) return [inputs[0]!];
  const list = (value: number) => graph.integers(axes.map(() => value));
  return [graph.add("Slice", [inputs[0]!, list(-1), list(-(2 ** 31)), graph.integers(axes), list(-1)])];
};

const passed = ({ inputs }: Call) => [inputs[0]!];

/** Operators that put elements elsewhere, or tell of shapes. */
export const ARRAYS: TranslationTable = {
  Identity: passed,
  StopGradient: passed,
  PreventGradient: passed,
  Snapshot: passed,
  CheckNumerics: passed,
  ReadVariableOp: passed,
  EnsureShape: passed,
  IdentityN: ({ inputs }) => inputs,
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Transpose: transpose,
  Pad: ({ graph, inputs }) => [padded(graph, inputs.slice(0, 2), "constant")],
  PadV2: ({ graph, inputs }) => [padded(graph, inputs, "constant")],
  MirrorPad: mirrorPad,
  Concat: firstConcat,
  ConcatV2: concat,
  Pack: pack,
  Unpack: unpack,
  Split: evenSplit,
  SplitV: unevenSplit,
  Tile: tile,
  Gather: gather,
  GatherV2: gather,
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  Shape: shape,
  Rank: rank,
  Size: size,
  Fill: fill,
  ZerosLike: filledLike(0),
  OnesLike: filledLike(1),
  Range: range,
  OneHot: oneHot,
  Where: where,
  BroadcastTo: broadcastTo,
  ReverseV2: reverse,
};
