import { elementCount } from "@deep-compression/bits";
import { floatValues, intAttribute, type Node, type Tensor, windowsOf } from "@deep-compression/network";

/** A layer that multiplies rows of inputs by a weight: a row of the matrix is an output, a column an input. */
export interface MatrixLayer {
  readonly tensor: Tensor;
  /** The name of what is multiplied. */
  readonly value: string;
  /** Of outputs, each with inputs of its own. */
  readonly groups: number;
  readonly rows: number;
  /** Of each group. */
  readonly columns: number;
  readonly weights: Float32Array;
  /** Some rows of inputs of a group, drawn from a value, or all if there are no more. */
  rowsOf(
    value: Tensor,
    options: { readonly group: number; readonly count: number; readonly random: () => number },
  ): Float32Array;
  /** The matrix as the tensor has its elements. */
  tensorValues(matrix: Float32Array): Float32Array;
}

/** Conv, Gemm and MatMul by a float32 constant on the right; undefined for another node. */
export function matrixLayerOf(node: Node, tensors: ReadonlyMap<string, Tensor>): MatrixLayer | undefined {
  const [value, name] = node.inputs;
  const tensor = tensors.get(name ?? "");
  if (value === undefined || tensor?.type !== "float32" || tensors.has(value)) return undefined;
  if (node.op === "Conv") return convolution(node, tensor, value);
  const isProduct = node.op === "MatMul" || (node.op === "Gemm" && intAttribute(node, "transA", 0) === 0);
  return isProduct && tensor.shape.length === 2 ? product(node, tensor, value) : undefined;
}

function product(node: Node, tensor: Tensor, value: string): MatrixLayer {
  const isTransposed = intAttribute(node, "transB", 0) === 1;
  const [first, second] = tensor.shape as readonly [number, number];
  const [rows, columns] = isTransposed ? [first, second] : [second, first];
  const values = floatValues(tensor);
  return {
    tensor,
    value,
    groups: 1,
    rows,
    columns,
    weights: isTransposed ? values : transposed(values, columns),
    rowsOf({ shape, bytes }, { count, random }) {
      const all = new Float32Array(bytes.slice().buffer);
      const picked = drawn(elementCount(shape) / columns, count, random);
      const rowsFound = new Float32Array(picked.length * columns);
      for (const [i, row] of picked.entries())
        rowsFound.set(all.subarray(row * columns, (row + 1) * columns), i * columns);
      return rowsFound;
    },
    tensorValues: (matrix) => (isTransposed ? matrix : transposed(matrix, rows)),
  };
}

/** @param rows of the matrix that is transposed */
function transposed(matrix: Float32Array, rows: number): Float32Array {
  const columns = matrix.length / rows;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

function convolution(node: Node, tensor: Tensor, value: string): MatrixLayer {
  const [rows = 0, channels = 0, ...kernel] = tensor.shape;
  const cells = elementCount(kernel);
  const columns = channels * cells;
  return {
    tensor,
    value,
    groups: intAttribute(node, "group", 1),
    rows,
    columns,
    weights: floatValues(tensor),
    rowsOf({ shape, bytes }, { group, count, random }) {
      const [items = 0, all = 0, ...spatial] = shape;
      const plane = elementCount(spatial);
      const windows = windowsOf(node, spatial, kernel);
      const outputs = windows.map(({ output }) => output);
      const values = new Float32Array(bytes.slice().buffer);
      const picked = drawn(items * elementCount(outputs), count, random);
      const patches = new Float32Array(picked.length * columns);
      for (const [i, place] of picked.entries()) {
        const item = Math.floor(place / elementCount(outputs));
        const at = coordinates(place % elementCount(outputs), outputs);
        for (let cell = 0; cell < cells; cell++) {
          const offset = offsetOf(windows, at, coordinates(cell, kernel));
          if (offset < 0) continue;
          for (let channel = 0; channel < channels; channel++) {
            const from = (item * all + group * channels + channel) * plane + offset;
            patches[i * columns + channel * cells + cell] = values[from]!;
          }
        }
      }
      return patches;
    },
    tensorValues: (matrix) => matrix,
  };
}

/** The place in a plane that an output sees under a cell of the kernel; -1 for padding. */
function offsetOf(windows: ReturnType<typeof windowsOf>, output: readonly number[], cell: readonly number[]): number {
  let offset = 0;
  for (const [axis, { input, stride, dilation, padBegin }] of windows.entries()) {
    const place = output[axis]! * stride + cell[axis]! * dilation - padBegin;
    if (place < 0 || place >= input) return -1;
    offset = offset * input + place;
  }
  return offset;
}

function coordinates(index: number, shape: readonly number[]): readonly number[] {
  const found: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    found.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return found;
}

/** So many of the numbers below `all`, or all. */
function drawn(all: number, count: number, random: () => number): readonly number[] {
  if (all <= count) return Array.from({ length: all }, (_, i) => i);
  return Array.from({ length: count }, () => Math.floor(all * random()));
}
