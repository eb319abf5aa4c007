import { checkChoice, checkInteger, checkLength, checkTypedArray, type KernelOption } from "@deep-compression/runtime";
import { type CentredRows, centredBySums } from "./centred-rows";
import type { MatrixPart, MatrixValues, ProductShape } from "./matrix-part";
import { matrixKernels } from "./wasm-kernels";

/**
 * Rows with the means of their columns, in float64, and scales, for {@link addCentredProducts}: one pass over the rows.
 *
 * @param rows row-major, `width` values each; at least one row
 * @throws TypeError, RangeError unless the rows are whole
 */
export function centredRows(rows: Float32Array, width: number, options: KernelOption = {}): CentredRows {
  checkTypedArray("rows", rows, Float32Array);
  checkInteger("width", width, { minimum: 1 });
  if (rows.length === 0 || rows.length % width !== 0) {
    throw new RangeError(`rows: expected whole rows of ${width} values, at least one, got ${rows.length} values`);
  }
  return centredBySums(rows, matrixKernels(options.kernels).sumColumns(rows, width));
}

/**
 * Adds the sums over all rows of (left_i - mean_i) (right_j - mean_j) to `products`, left x right columns, row-major. Values are
 * centred in float64; products of 32 rows at a time are summed up in float32, and these sums in float64, which is within 1e-6 of
 * the root of the product of both columns' own sums. With the same object on both sides only half of them are computed.
 *
 * @throws TypeError, RangeError unless there are as many left rows as right ones, and as many products as columns make
 */
export function addCentredProducts(
  products: Float64Array,
  left: CentredRows,
  right: CentredRows,
  options: KernelOption = {},
): void {
  const [width, columns] = [left.means.length, right.means.length];
  checkTypedArray("products", products, Float64Array);
  checkLength("products", products.length, width * columns);
  checkLength("right", right.rows.length, (left.rows.length / width) * columns);
  matrixKernels(options.kernels).addCentredProducts(products, left, right);
}

/**
 * target += left right, or -= where `change` is "subtract": each element is what it was, plus one product after the other along the
 * depth, in the type of the elements, which all three have in common. Parts of one array may be used at once if none of the
 * target's elements is among the others.
 *
 * @throws TypeError, RangeError if types differ or a part does not lie within its array
 */
export function addProduct<Values extends MatrixValues>(
  target: MatrixPart<Values>,
  left: MatrixPart<Values>,
  right: MatrixPart<Values>,
  options: ProductShape & KernelOption,
): void {
  const { rows, columns, depth, right: layout = "plain", change = "add", kernels } = options;
  checkChoice("right", layout, ["plain", "transposed"]);
  checkChoice("change", change, ["add", "subtract"]);
  checkPart("target", target, rows, columns);
  checkPart("left", left, rows, depth);
  if (layout === "plain") checkPart("right", right, depth, columns);
  else checkPart("right", right, columns, depth);
  if (rows * columns * depth === 0) return;
  const { addDoubleProduct, addFloatProduct } = matrixKernels(kernels);
  if (isDouble(target) && isDouble(left) && isDouble(right)) addDoubleProduct(target, left, right, options);
  else if (isFloat(target) && isFloat(left) && isFloat(right)) addFloatProduct(target, left, right, options);
  else throw new TypeError("target: expected the type of left and right, got another");
}

function isDouble(part: MatrixPart<MatrixValues>): part is MatrixPart<Float64Array> {
  return part.values instanceof Float64Array;
}

function isFloat(part: MatrixPart<MatrixValues>): part is MatrixPart<Float32Array> {
  return part.values instanceof Float32Array;
}

function checkPart(
  name: string,
  { values, start, stride }: MatrixPart<MatrixValues>,
  rows: number,
  columns: number,
): void {
  checkTypedArray<MatrixValues>(name, values, Float32Array, Float64Array);
  checkInteger(`${name}: rows`, rows);
  checkInteger(`${name}: columns`, columns);
  checkInteger(`${name}.stride`, stride, { minimum: columns });
  checkInteger(`${name}.start`, start);
  const end = rows * columns === 0 ? 0 : start + (rows - 1) * stride + columns;
  if (end > values.length) throw new RangeError(`${name}: expected at least ${end} elements, got ${values.length}`);
}
