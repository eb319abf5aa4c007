import { elementCount } from "@deep-compression/bits";
import { intAttribute, intsAttribute, type Node, stringAttribute, type Tensor } from "@deep-compression/network";
import { convolutionRows, transposedRows } from "./convolution-rows";
import type { MatrixRows } from "./matrix-rows";
import { hiddenRows, lastAxisRows, middleAxisRows } from "./matrix-rows";

/** The use of a tensor as the weight of a node. */
export interface WeightUse {
  /** The tensor. */
  readonly name: string;
  /** Where the node stands in the graph, and which of its inputs the weight is. */
  readonly nodeIndex: number;
  readonly node: Node;
  readonly place: number;
}

/** A weight as matrices, one a group: a row for each output, a column for each input. */
export interface WeightMatrices {
  readonly groups: number;
  /** Of each group. */
  readonly rows: number;
  readonly columns: number;
  /** The element of the tensor for each of the matrices' elements, group by group and row by row; absent if it is the same. */
  readonly elements?: Uint32Array;
}

/** A weight that is multiplied by rows of inputs: how both are read as matrices. */
export interface Layer extends WeightUse, WeightMatrices {
  /** The value that it is multiplied by; of a recurrence, the hidden states that the node makes. */
  readonly input: string;
  readonly isRecurrent: boolean;
  /** Inputs with the same key have the same statistics. */
  readonly inputKey: string;
  readonly inputRows: MatrixRows;
  /** Places of an output behind the axis of the rows, of a node's output of this shape; undefined where it has no such axis. */
  readonly outputInner: ((shape: readonly number[]) => number) | undefined;
}

/** Why a weight's inputs are not captured, in words. */
export interface NoLayer {
  readonly reason: string;
}

type Weight = Pick<Tensor, "shape">;

/** The layer that a use of a weight makes, or why it makes none. */
export function layerOf(use: WeightUse, weight: Weight): Layer | NoLayer {
  const make = Object.hasOwn(MAKERS, use.node.op) && isStandard(use.node) ? MAKERS[use.node.op] : undefined;
  return make?.(use, weight) ?? { reason: `weight of ${use.node.op}` };
}

function isStandard({ domain = "" }: Node): boolean {
  return domain === "" || domain === "ai.onnx";
}

const MAKERS: Readonly<Record<string, (use: WeightUse, weight: Weight) => Layer | NoLayer>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: gemm,
  MatMul: matMul,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

function convolution(use: WeightUse, { shape }: Weight): Layer {
  const { node } = use;
  const groups = intAttribute(node, "group", 1);
  const [outputs = 0, channels = 0, ...kernel] = shape;
  const columns = channels * elementCount(kernel);
  return {
    ...use,
    groups,
    rows: outputs / groups,
    columns,
    input: node.inputs[0]!,
    isRecurrent: false,
    inputKey: JSON.stringify([node.inputs[0], "Conv", groups, kernel, windowAttributes(node)]),
    inputRows: convolutionRows(node, { groups, channels, kernel }),
    outputInner: ([, , ...spatial]) => elementCount(spatial),
  };
}

const WINDOW_ATTRIBUTES = ["auto_pad", "dilations", "kernel_shape", "pads", "strides", "output_padding"] as const;

function windowAttributes({ attributes }: Node) {
  return WINDOW_ATTRIBUTES.map((name) => attributes[name] ?? null);
}

function transposedConvolution(use: WeightUse, { shape }: Weight): Layer | NoLayer {
  const { node } = use;
  const mode = stringAttribute(node, "auto_pad", "NOTSET");
  if (mode !== "NOTSET" && mode !== "VALID") return { reason: `ConvTranspose with auto_pad ${mode}` };
  if (intsAttribute(node, "output_shape") !== undefined) return { reason: "ConvTranspose with an output_shape" };
  const groups = intAttribute(node, "group", 1);
  const [inputs = 0, rows = 0, ...kernel] = shape;
  const channels = inputs / groups;
  const cells = elementCount(kernel);
  const elements = new Uint32Array(inputs * rows * cells);
  for (let group = 0, at = 0; group < groups; group++) {
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < channels; channel++) {
        const from = ((group * channels + channel) * rows + row) * cells;
        for (let cell = 0; cell < cells; cell++) elements[at++] = from + cell;
      }
    }
  }
  return {
    ...use,
    groups,
    rows,
    columns: channels * cells,
    elements,
    input: node.inputs[0]!,
    isRecurrent: false,
    inputKey: JSON.stringify([node.inputs[0], "ConvTranspose", groups, kernel, windowAttributes(node)]),
    inputRows: transposedRows(node, { groups, channels, kernel }),
    outputInner: ([, , ...spatial]) => elementCount(spatial),
  };
}

function gemm(use: WeightUse, { shape }: Weight): Layer | NoLayer {
  if (shape.length !== 2) return { reason: `Gemm with a weight of rank ${shape.length}` };
  const { node, place } = use;
  const isLeft = place === 0;
  const isTurned = intAttribute(node, isLeft ? "transA" : "transB", 0) !== 0;
  const inputTurned = intAttribute(node, isLeft ? "transB" : "transA", 0) !== 0;
  const rowsFirst = isLeft ? !isTurned : isTurned;
  return product(use, shape as readonly [number, number], { rowsFirst, inputsLast: isLeft === inputTurned, isLeft });
}

function matMul(use: WeightUse, { shape }: Weight): Layer | NoLayer {
  if (shape.length !== 2) return { reason: `MatMul with a weight of rank ${shape.length}` };
  const isLeft = use.place === 0;
  return product(use, shape as readonly [number, number], { rowsFirst: isLeft, inputsLast: !isLeft, isLeft });
}

interface ProductSides {
  /** Whether the weight's first axis is that of the outputs. */
  readonly rowsFirst: boolean;
  /** Whether the inputs of one output stand side by side. */
  readonly inputsLast: boolean;
  readonly isLeft: boolean;
}

function product(use: WeightUse, shape: readonly [number, number], sides: ProductSides): Layer {
  const { rowsFirst, inputsLast, isLeft } = sides;
  const [rows, columns] = rowsFirst ? shape : [shape[1], shape[0]];
  const input = use.node.inputs[isLeft ? 1 : 0]!;
  return {
    ...use,
    groups: 1,
    rows,
    columns,
    ...(!rowsFirst && { elements: turnedElements(rows, columns) }),
    input,
    isRecurrent: false,
    inputKey: JSON.stringify([input, inputsLast ? "last" : "middle"]),
    inputRows: inputsLast ? lastAxisRows(columns) : middleAxisRows(columns),
    outputInner: isLeft ? (output) => output.at(-1) ?? 1 : () => 1,
  };
}

function turnedElements(rows: number, columns: number): Uint32Array {
  const elements = new Uint32Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) elements[at++] = column * rows + row;
  }
  return elements;
}

function recurrent(use: WeightUse, { shape }: Weight): Layer | NoLayer {
  const { node, place } = use;
  const [directions = 0, rows = 0, columns = 0] = shape;
  if (intAttribute(node, "layout", 0) !== 0) return { reason: `${node.op} with its batch in front` };
  if (place === 1) {
    // All directions see the same inputs.
    const input = node.inputs[0]!;
    const inputKey = JSON.stringify([input, "last"]);
    const matrices = { groups: 1, rows: directions * rows, columns };
    return {
      ...use,
      ...matrices,
      input,
      isRecurrent: false,
      inputKey,
      inputRows: lastAxisRows(columns),
      outputInner: undefined,
    };
  }
  const inputKey = JSON.stringify([node.outputs, "hidden"]);
  const inputRows = hiddenRows({ directions, columns, mode: stringAttribute(node, "direction", "forward") });
  const matrices = { groups: directions, rows, columns };
  return {
    ...use,
    ...matrices,
    input: node.inputs[0]!,
    isRecurrent: true,
    inputKey,
    inputRows,
    outputInner: undefined,
  };
}
