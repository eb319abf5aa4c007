import { elementCount } from "@deep-compression/bits";
import type { Tensor } from "@deep-compression/network";

/** A value of the network with its numbers. */
export interface ShapedValues extends Pick<Tensor, "shape"> {
  readonly values: Float32Array;
  /** Of a recurrence: the states before the first step. */
  readonly initial?: Float32Array;
}

/** How a value is read as the rows that a weight is multiplied by, one for each position of the output. */
export interface MatrixRows {
  /** Positions of a value. @throws RangeError if its shape does not fit the weight */
  positions(shape: readonly number[]): number;
  /** The rows of one group at some positions, one behind the other, in `rows` if that is given. */
  rowsAt(input: ShapedValues, positions: Uint32Array, group: number, rows?: Float32Array): Float32Array;
}

/** Rows that stand side by side along the last axis: x of x W. */
export function lastAxisRows(columns: number): MatrixRows {
  return {
    positions: (shape) => wholeRows(shape, columns, shape.at(-1)),
    rowsAt({ values }, positions, _, rows = new Float32Array(positions.length * columns)) {
      for (const [i, position] of positions.entries()) {
        rows.set(values.subarray(position * columns, (position + 1) * columns), i * columns);
      }
      return rows;
    },
  };
}

/** Rows along the last axis but one: the columns of x in W x. */
export function middleAxisRows(columns: number): MatrixRows {
  return {
    positions: (shape) => wholeRows(shape, columns, shape.length < 2 ? shape.at(-1) : shape.at(-2)),
    rowsAt({ values, shape }, positions, _, rows = new Float32Array(positions.length * columns)) {
      const inner = shape.length < 2 ? 1 : shape.at(-1)!;
      for (const [i, position] of positions.entries()) {
        const outer = Math.floor(position / inner);
        const from = outer * columns * inner + (position - outer * inner);
        for (let column = 0; column < columns; column++) rows[i * columns + column] = values[from + column * inner]!;
      }
      return rows;
    },
  };
}

function wholeRows(shape: readonly number[], columns: number, size: number | undefined): number {
  if (size === columns) return elementCount(shape) / columns;
  throw new RangeError(`expected inputs of ${columns} values, got ${size}`);
}

/**
 * The states that a recurrence multiplies by its weight: those after the step before, of values [steps, directions, batch, columns];
 * before the first step those that it is given, or zeros. A group is a direction.
 */
export function hiddenRows(options: {
  readonly directions: number;
  readonly columns: number;
  readonly mode: string;
}): MatrixRows {
  const { directions, columns, mode } = options;
  return {
    positions: ([steps = 0, , batch = 0]) => steps * batch,
    rowsAt({ values, shape, initial }, positions, group, rows = new Float32Array(positions.length * columns)) {
      const [steps = 0, , batch = 0] = shape;
      const isBackward = mode === "reverse" || group === 1;
      rows.fill(0);
      for (const [i, position] of positions.entries()) {
        const step = Math.floor(position / batch);
        const item = position - step * batch;
        const before = isBackward ? step + 1 : step - 1;
        const isFirst = before < 0 || before === steps;
        const source = isFirst ? initial : values;
        const from = (isFirst ? group * batch + item : (before * directions + group) * batch + item) * columns;
        if (source !== undefined) rows.set(source.subarray(from, from + columns), i * columns);
      }
      return rows;
    },
  };
}

/** The values of an output at some positions, side by side: of each position `count` of its `rows`, which stand `inner` apart. */
export function outputsAt(
  values: Float32Array,
  positions: Uint32Array,
  options: { readonly rows: number; readonly inner: number; readonly first: number; readonly count: number },
): Float32Array {
  const { rows, inner, first, count } = options;
  const outputs = new Float32Array(positions.length * count);
  for (const [i, position] of positions.entries()) {
    const outer = Math.floor(position / inner);
    const from = (outer * rows + first) * inner + (position - outer * inner);
    for (let row = 0; row < count; row++) outputs[i * count + row] = values[from + row * inner]!;
  }
  return outputs;
}
