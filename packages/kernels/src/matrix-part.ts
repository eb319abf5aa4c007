/** A part of a matrix in an array: element (i, j) stands at start + i * stride + j. */
export interface MatrixPart {
  readonly values: Float64Array;
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
