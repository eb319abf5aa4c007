import { checkInteger } from "@deep-compression/runtime";
import { checkMask, checkShape } from "./check-arguments";

/** The mask of one layer of a chain. A row makes one unit: a neuron, or a channel of a convolution. */
export interface PrunedLayer {
  /** Row-major [rows, columns], 1 for a weight that stays. */
  readonly mask: Uint8Array;
  readonly rows: number;
  readonly columns: number;
  /**
   * Columns of a row that belong to each unit of the layer before, default 1: 1 from dense to dense; kh * kw for a
   * convolution [O, I, kh, kw], which is a matrix [O, I * kh * kw]; height * width for a dense layer after a flattened one.
   */
  readonly columnsPerInput?: number;
}

export interface DeadUnits {
  /** One a layer: the masks with every weight into and out of a dead unit removed. */
  readonly masks: readonly Uint8Array[];
  /** One a hidden layer (all but the last): 1 for a dead unit, by row. */
  readonly dead: readonly Uint8Array[];
}

/**
 * Removes hidden units that can no longer matter: one without incoming weights is a constant, one without outgoing weights
 * is never read. Removing one may leave others without inputs or outputs; the result is the fixed point. The rows of the
 * last layer and the columns of the first, the network's outputs and inputs, are never removed.
 *
 * A unit without inputs still emits what its bias makes of it: fold that constant into the next layer's bias before the
 * weights go, or the output changes.
 *
 * @param layers consecutive: the columns of each are the rows of the one before times its `columnsPerInput`. A chain only:
 * a unit that feeds another branch too must not be described so
 * @throws TypeError, RangeError if masks and shapes do not fit each other
 */
export function removeDeadUnits(layers: readonly PrunedLayer[]): DeadUnits {
  checkChain(layers);
  const left = layers.map((layer) => ({ ...layer, mask: layer.mask.slice() }));
  const hidden = left.slice(0, -1).map((layer, i) => ({ layer, next: left[i + 1]!, dead: new Uint8Array(layer.rows) }));
  // Clearing what leaves a unit without inputs can only starve units further on; clearing what enters a unit without
  // outputs can only idle units further back. So one sweep each way reaches the fixed point.
  for (const { layer, next, dead } of hidden) {
    for (let unit = 0; unit < dead.length; unit++) {
      if (hasInput(layer, unit)) continue;
      dead[unit] = 1;
      clearOutputs(next, unit);
    }
  }
  for (const { layer, next, dead } of hidden.toReversed()) {
    const read = readUnits(next, dead.length);
    for (let unit = 0; unit < dead.length; unit++) {
      if (read[unit] === 1) continue;
      dead[unit] = 1;
      layer.mask.fill(0, unit * layer.columns, (unit + 1) * layer.columns);
    }
  }
  return { masks: left.map(({ mask }) => mask), dead: hidden.map(({ dead }) => dead) };
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
  let before: PrunedLayer | undefined;
  for (const [i, layer] of layers.entries()) {
    const { mask, rows, columns, columnsPerInput = 1 } = layer;
    checkShape({ rows, columns });
    checkMask(`layers[${i}].mask`, mask, rows * columns);
    checkInteger(`layers[${i}].columnsPerInput`, columnsPerInput, { minimum: 1, maximum: 2 ** 32 });
    if (before !== undefined && columns !== before.rows * columnsPerInput) {
      const expected = `${before.rows} rows before * ${columnsPerInput} columnsPerInput`;
      throw new RangeError(`layers[${i}].columns: expected ${expected}, got ${columns}`);
    }
    before = layer;
  }
}
