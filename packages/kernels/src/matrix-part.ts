/** What a matrix may be of. */
export type MatrixValues = Float32Array | Float64Array;

/** A part of a matrix in an array: element (i, j) stands at start + i * stride + j. */
export interface MatrixPart<Values extends MatrixValues = Float64Array> {
  readonly values: Values;
  readonly start: number;
  readonly stride: number;
}

/** How the parts of a product fit: target (rows x columns) and left (rows x depth) times right (depth x columns). */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** "transposed": the right part is stored columns x depth. Default "plain". */
  readonly right?: "plain" | "transposed";
  /** What is done with the product; default "add". */
  readonly change?: "add" | "subtract";
}
