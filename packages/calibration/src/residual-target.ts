import { addProduct, type MatrixPart } from "@deep-compression/kernels";
import type { InverseFactor } from "./inverse-factor";
import type { LayerShape } from "./rate-aware-pass";

export interface TargetOptions extends LayerShape {
  /** Second moments of the inputs that the layer really gets, those of the compressed network. */
  readonly hessian: Float64Array;
  /** Second moments of the dense network's inputs (left) and those of the compressed one (right): columns x columns. Default: `hessian`. */
  readonly cross?: Float64Array;
  /** Of that matrix `hessian`, in any order of its columns. */
  readonly inverse: InverseFactor;
  /**
   * Second moments of what else the outputs should have more of (left) and the inputs (right), rows x columns: what is added to
   * the outputs later on, that of the dense network less that of the compressed one; and, instead of `cross`, the outputs
   * that the dense network makes, less {@link outputMoments} of its weights. Default: nothing.
   */
  readonly skip?: Float64Array;
}

/** Rows that are worked on at once. */
const ROWS = 1024;

/** Columns of a part of a triangular matrix, or rows of one: beyond it, what is zero is left out. */
const BLOCK = 512;

/** Rows of the difference of two matrices that are there at once. */
const DIFFERENCES = 1024;

/**
 * The weights that give the dense network's outputs from the compressed network's inputs, as nearly as weights can, held to what
 * they are by the damping d of the inverse: W* = W + (W (G - H) + S) (H + d I)^-1, where G are the moments of both inputs and S
 * those of what the outputs lack besides. So a layer makes up for the errors of those before it.
 *
 * @returns rows x columns
 */
export function residualTarget(weights: Float64Array, options: TargetOptions): Float64Array {
  const { rows, columns, inverse, skip } = options;
  const target = weights.slice();
  const residual = new Float64Array(Math.min(ROWS, rows) * columns);
  const turned = residual.slice();
  const line = new Float64Array(columns);
  const { order } = inverse;
  for (let row = 0; row < rows; row += ROWS) {
    const count = Math.min(ROWS, rows - row);
    const own: MatrixPart = { values: target, start: row * columns, stride: columns };
    residual.fill(0);
    if (skip !== undefined) residual.set(skip.subarray(row * columns, (row + count) * columns));
    if (options.cross !== undefined) addDifference(residual, own, count, { ...options, cross: options.cross });
    // Times H^-1 = U^T U, in the order of U: first its rows, then its columns.
    for (let start = 0; start < count * columns; start += columns) permute(residual, start, order, line);
    turned.fill(0);
    timesRows(turned, residual, count, options);
    for (let i = 0; i < count * columns; i++) if (inverse.dead[i % columns] === 1) turned[i] = 0;
    timesColumns(residual.fill(0), turned, count, options);
    for (let start = 0; start < count * columns; start += columns) {
      for (let j = 0; j < columns; j++) target[own.start + start + order[j]!]! += residual[start + j]!;
    }
  }
  return target;
}

/** residual += W (G - H), some rows of the matrices at a time. */
function addDifference(
  residual: Float64Array,
  own: MatrixPart,
  rows: number,
  options: TargetOptions & { readonly cross: Float64Array },
): void {
  const { columns, cross, hessian } = options;
  const differences = new Float64Array(Math.min(DIFFERENCES, columns) * columns);
  for (let first = 0; first < columns; first += DIFFERENCES) {
    const depth = Math.min(DIFFERENCES, columns - first);
    const from = first * columns;
    for (let i = 0; i < depth * columns; i++) differences[i] = cross[from + i]! - hessian[from + i]!;
    const left = { ...own, start: own.start + first };
    addProduct(whole(residual, columns), left, whole(differences, columns), { rows, columns, depth });
  }
}

/** turned += residual U^T: row i of U begins at column i. */
function timesRows(turned: Float64Array, residual: Float64Array, rows: number, options: TargetOptions): void {
  const { columns, inverse } = options;
  for (let first = 0; first < columns; first += BLOCK) {
    const shape = { rows, columns: Math.min(BLOCK, columns - first), depth: columns - first };
    const [target, left] = [whole(turned, columns), whole(residual, columns)];
    const right = { values: inverse.factor, start: first * columns + first, stride: columns };
    addProduct({ ...target, start: first }, { ...left, start: first }, right, { ...shape, right: "transposed" });
  }
}

/** products += turned U: column j of U ends at row j. */
function timesColumns(products: Float64Array, turned: Float64Array, rows: number, options: TargetOptions): void {
  const { columns, inverse } = options;
  for (let first = 0; first < columns; first += BLOCK) {
    const width = Math.min(BLOCK, columns - first);
    const target = { ...whole(products, columns), start: first };
    const right = { values: inverse.factor, start: first, stride: columns };
    addProduct(target, whole(turned, columns), right, { rows, columns: width, depth: first + width });
  }
}

/** Puts a row of values into an order. */
function permute(values: Float64Array, start: number, order: Uint32Array, line: Float64Array): void {
  for (let j = 0; j < line.length; j++) line[j] = values[start + order[j]!]!;
  values.set(line, start);
}

function whole(values: Float64Array, stride: number): MatrixPart {
  return { values, start: 0, stride };
}
