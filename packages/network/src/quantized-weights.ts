import { type Graph, intAttribute, type Node } from "./graph";
import type { NetworkOutline } from "./network";
import type { NotQuantized } from "./quantization";
import { subgraphsOf } from "./subgraphs";
import type { Tensor } from "./tensor";
import { type IntegerOperand, integerOperand } from "./weight-inputs";

/** A constant of a graph: a tensor of the network by its name, or one that stands in a node. */
export type Constant = { readonly tensorName: string } | { readonly tensor: Tensor };

/** The constants that tell what integers stand for. */
export interface QuantizationConstants {
  /** Absent: 0. */
  readonly zeroPoint?: Constant;
  /** Absent: not found, or the same for all. */
  readonly scale?: Constant;
  /** The tensor's, along which both go where they are more than one. */
  readonly axis: number;
}

/** What a graph's nodes make of each value, as far as it matters. */
interface Known {
  readonly constants: Map<string, Constant>;
  /** Of values that a Gather picks from a tensor: its name. */
  readonly picked: Map<string, string>;
}

/** The nodes of one graph by the values that they make, and those that read a value first. */
interface Neighbours {
  readonly makers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, Node>;
}

type Found = Map<string, QuantizationConstants | NotQuantized>;

/**
 * The tensors of which a graph or its subgraphs make numbers by a scale and a zero point (DequantizeLinear, also behind a Gather,
 * QLinearConv, MatMulInteger and their like), and the constants that are these; or why they are not known.
 */
export function quantizedWeights({
  graph,
  tensors,
}: NetworkOutline): ReadonlyMap<string, QuantizationConstants | NotQuantized> {
  const found: Found = new Map();
  if (!graph) return found;
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const constants = new Map(tensors.map(({ name }) => [name, { tensorName: name }]));
  lookThrough(graph.nodes, { constants, picked: new Map() }, (name, constantsOf) => {
    const rank = shapes.get(name)?.length ?? 0;
    const own = constantsOf(rank);
    const before = found.get(name);
    const isSame = before === undefined || JSON.stringify(before) === JSON.stringify(own);
    found.set(name, isSame ? own : { whyNot: "it is used by several scales or zero points" });
  });
  return found;
}

/** Told the name of a tensor, and what its constants are, by the rank that it has. */
type Note = (name: string, constantsOf: (rank: number) => QuantizationConstants | NotQuantized) => void;

function lookThrough(nodes: Graph["nodes"], known: Known, note: Note): void {
  const neighbours = neighboursOf(nodes);
  const { constants, picked } = known;
  for (const node of nodes) {
    for (const { nodes: inner, tensors } of subgraphsOf(node)) {
      const own = Object.entries(tensors).map(([local, tensorName]) => [local, { tensorName }] as const);
      lookThrough(inner, { constants: new Map([...constants, ...own]), picked: new Map(picked) }, note);
    }
    const [output = ""] = node.outputs;
    const constant = constantOf(node, known);
    if (constant !== undefined) constants.set(output, constant);
    const { op, inputs, domain = "" } = node;
    const source = constants.get(inputs[0] ?? "");
    if (op === "Gather" && source && "tensorName" in source) picked.set(output, source.tensorName);
    if (op === "DequantizeLinear") noteDequantized(node, known, note);
    const operand = integerOperand(domain, op);
    if (operand !== undefined) noteOperand(node, { operand, known, neighbours }, note);
  }
}

function neighboursOf(nodes: Graph["nodes"]): Neighbours {
  const [makers, readers] = [new Map<string, Node>(), new Map<string, Node>()];
  for (const node of nodes) {
    for (const name of node.outputs) makers.set(name, node);
    for (const name of node.inputs) if (!readers.has(name)) readers.set(name, node);
  }
  return { makers, readers };
}

/** The constant that a node is, or that it hands on. */
function constantOf({ op, inputs, attributes: { value } }: Node, { constants }: Known): Constant | undefined {
  if (op === "Identity") return constants.get(inputs[0] ?? "");
  if (op !== "Constant" || typeof value !== "object") return undefined;
  return "tensorName" in value || "tensor" in value ? value : undefined;
}

/** Scales along an axis are those of a tensor itself, and not of rows that are picked from it. */
function noteDequantized(node: Node, known: Known, note: Note): void {
  const [values = "", scale, zeroPoint] = node.inputs;
  const constant = known.constants.get(values);
  const axis = intAttribute(node, "axis", 1);
  const isBlocked = intAttribute(node, "block_size", 0) !== 0;
  const found = (rank: number) =>
    isBlocked
      ? { whyNot: "its scales go by blocks" }
      : named({ scale, zeroPoint, axis: axis < 0 ? axis + rank : axis }, known);
  if (constant && "tensorName" in constant) note(constant.tensorName, found);
  const picked = known.picked.get(values);
  if (picked !== undefined) note(picked, () => named({ scale, zeroPoint, axis: -1 }, known));
}

function noteOperand(
  node: Node,
  context: { readonly operand: IntegerOperand; readonly known: Known; readonly neighbours: Neighbours },
  note: Note,
): void {
  const { operand, known, neighbours } = context;
  const constant = known.constants.get(node.inputs[operand.weight] ?? "");
  if (constant === undefined || !("tensorName" in constant)) return;
  const isFirst = operand.channels === "first" || intAttribute(node, "transB", 0) !== 0;
  const scale = operand.scale === undefined ? scaleBehind(node, known, neighbours) : node.inputs[operand.scale];
  note(constant.tensorName, (rank) =>
    named({ scale, zeroPoint: node.inputs[operand.zeroPoint], axis: isFirst ? 0 : rank - 1 }, known),
  );
}

/** The constants of these names. */
function named(
  names: { readonly scale: string | undefined; readonly zeroPoint: string | undefined; readonly axis: number },
  { constants }: Known,
): QuantizationConstants | NotQuantized {
  const { scale = "", zeroPoint = "", axis } = names;
  const [own, zero] = [constants.get(scale), constants.get(zeroPoint)];
  if (zeroPoint !== "" && zero === undefined) return { whyNot: "its zero point is computed" };
  if (scale !== "" && own === undefined) return { whyNot: "its scale is computed" };
  return { ...(zero && { zeroPoint: zero }), ...(own && { scale: own }), axis };
}

/** The weight's scale where sums of integers become numbers: Cast, then Mul by the product of the input's scale and this constant. */
function scaleBehind({ outputs }: Node, { constants }: Known, { makers, readers }: Neighbours): string | undefined {
  const cast = readers.get(outputs[0] ?? "");
  if (cast?.op !== "Cast") return undefined;
  const product = readers.get(cast.outputs[0] ?? "");
  if (product?.op !== "Mul") return undefined;
  const scales = product.inputs.map((name) => makers.get(name)).find((maker) => maker !== undefined && maker !== cast);
  return scales?.op === "Mul" ? scales.inputs.find((name) => constants.has(name)) : undefined;
}
