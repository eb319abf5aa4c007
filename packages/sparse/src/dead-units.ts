import { checkInteger } from "@deep-compression/runtime";
import { checkMask, checkShape } from "./check-arguments";

/**
 * The mask of one layer of a chain. `mask` is row-major [rows, columns], 1 for a weight that stays. A row makes one
 * unit: a neuron, or a channel of a convolution. `columnsPerInput` (default 1) columns in a row belong to each unit of
 * the layer before: 1 from dense to dense; kh * kw for a convolution [O, I, kh, kw], which is a matrix
 * [O, I * kh * kw]; height * width for a dense layer after a flattened convolution.
 */
export interface PrunedLayer {
  readonly mask: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  readonly columnsPerInput?: number;
}

export interface DeadUnits {
  /** One a layer: the masks with every weight into and out of a dead unit removed. */
  readonly masks: readonly Uint8Array[];
  /** One a hidden layer (all but the last): 1 for a dead unit, by row. */
  readonly dead: readonly Uint8Array[];
}

/**
 * Removes hidden units that can no longer matter: a unit without incoming weights is a constant, a unit without
 * outgoing weights is never read. Removing one may leave others without inputs or outputs; the result is the fixed
 * point. The rows of the last layer and the columns of the first (the network's outputs and inputs) are never removed.
 *
 * `layers` are consecutive: each layer's columns are the rows of the one before times its `columnsPerInput`. A chain
 * only: a unit that also feeds another branch must not be described so. A unit without inputs still emits what its
 * bias makes of it: fold that constant into the next layer's bias before the weights go, or the output changes.
 * RangeError for masks and shapes that do not fit each other.
 */
export function removeDeadUnits(layers: readonly PrunedLayer[]): DeadUnits {
  checkChain(layers);
  const masks = layers.map((layer) => layer.mask.slice());
  const next = layers.map((layer, i) => ({ ...layer, mask: masks[i] }));
  const dead = layers.slice(0, -1).map((layer) => new Uint8Array(layer.rows));
  // Clearing what leaves a unit without inputs can only starve units further on; clearing what enters a unit without
  // outputs can only idle units further back. So one sweep each way reaches the fixed point.
  for (let i = 0; i < dead.length; i++) {
    for (let unit = 0; unit < dead[i].length; unit++) {
      if (hasInput(next[i], unit)) continue;
      dead[i][unit] = 1;
      clearOutputs(next[i + 1], unit);
    }
  }
  for (let i = dead.length - 1; i >= 0; i--) {
    const read = readUnits(next[i + 1], dead[i].length);
    for (let unit = 0; unit < dead[i].length; unit++) {
      if (read[unit] === 1) continue;
      dead[i][unit] = 1;
      next[i].mask.fill(0, unit * next[i].columns, (unit + 1) * next[i].columns);
    }
  }
  return { masks, dead };
}

function hasInput({ mask, columns }: PrunedLayer, row: number): boolean {
  for (let i = row * columns; i < (row + 1) * columns; i++) {
    if (mask[i] === 1) return true;
  }
  return false;
}

function clearOutputs({ mask, rows, columns, columnsPerInput = 1 }: PrunedLayer, unit: number): void {
  for (let row = 0; row < rows; row++) {
    const start = row * columns + unit * columnsPerInput;
    mask.fill(0, start, start + columnsPerInput);
  }
}

/** 1 for each of the `units` of the layer before that some weight of this layer reads. */
function readUnits({ mask, rows, columns, columnsPerInput = 1 }: PrunedLayer, units: number): Uint8Array {
  const read = new Uint8Array(units);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (mask[row * columns + column] === 1) read[Math.floor(column / columnsPerInput)] = 1;
    }
  }
  return read;
}

function checkChain(layers: readonly PrunedLayer[]): void {
  layers.forEach(({ mask, rows, columns, columnsPerInput = 1 }, i) => {
    checkShape({ rows, columns });
    checkMask(`layers[${i}].mask`, mask, rows * columns);
    checkInteger(`layers[${i}].columnsPerInput`, columnsPerInput, { minimum: 1, maximum: 2 ** 32 });
    if (i > 0 && columns !== layers[i - 1].rows * columnsPerInput) {
      const expected = `${layers[i - 1].rows} rows before * ${columnsPerInput} columnsPerInput`;
      throw new RangeError(`layers[${i}].columns: expected ${expected}, got ${columns}`);
    }
  });
}
