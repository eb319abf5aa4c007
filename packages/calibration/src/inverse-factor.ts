import { checkChoice, checkLength, checkNumber, checkTypedArray } from "@deep-compression/runtime";
import { factorInPlace, invertInPlace } from "./cholesky";

/** How the error of one column of weights is made up for by the columns behind it. */
export interface InverseFactor {
  /** The columns in the order of the factor and of `dead`: column j is the Hessian's column order[j]. */
  readonly order: Uint32Array;
  /**
   * U, upper triangular, row-major: H^-1 = U^T U of the damped Hessian H. Once the columns before j are fixed, an error e of
   * column j costs e^2 / U_jj^2, and is made up for best if column k > j changes by -e U_jk / U_jj.
   */
  readonly factor: Float64Array;
  /** 1 for each input that is all but constant: its weights change nothing, and are best zero. */
  readonly dead: Uint8Array;
  /** What was added to the diagonal. */
  readonly added: number;
}

export interface DampingOptions {
  /** What is added to the diagonal, as a fraction of its mean; default 0.05. Ten and a hundred times as much are tried after that. */
  readonly damping?: number;
  /** The order of the columns: as they are ("given", the default), or the largest "variance" first, so that errors are left to those that matter least. */
  readonly order?: "given" | "variance";
}

const DAMPING = 0.05;

/** Inputs whose variance is a smaller fraction of the mean one. */
const DEAD = 1e-6;

/** Further tries, each ten times as much. */
const TRIES = 3;

/**
 * The factor of the inverse Hessian by which {@link rateAwarePass} goes (GPTQ, Frantar et al. 2023, section 3.3): found without
 * the inverse, from the Cholesky factor of the matrix in reverse order. Takes size^3 / 3 multiplications, and no memory but the
 * factor's.
 *
 * @param hessian size x size, symmetric, row-major, as `products` of {@link crossMoments}
 * @returns undefined if the matrix is not positive definite even when it is damped most
 * @throws TypeError, RangeError for a matrix of another size, or a damping below 0
 */
export function inverseFactor(
  hessian: Float64Array,
  size: number,
  options: DampingOptions = {},
): InverseFactor | undefined {
  const { damping = DAMPING, order: by = "given" } = options;
  checkTypedArray("hessian", hessian, Float64Array);
  checkLength("hessian", hessian.length, size * size);
  checkNumber("damping", damping, { minimum: 0 });
  checkChoice("order", by, ["given", "variance"]);
  const order = columnOrder(hessian, size, by);
  const { dead, mean } = deadInputs(hessian, order);
  const factor = new Float64Array(size * size);
  for (let tried = 0, added = damping * mean; tried < TRIES; tried++, added *= 10) {
    fillReversed(factor, hessian, { order, dead, mean, added });
    if (!factorInPlace(factor, size)) continue;
    // H = L L^T with L upper triangular, the factor of the reversed matrix reversed; U is its inverse.
    invertInPlace(factor, size);
    return { order, factor: factor.reverse(), dead, added };
  }
  return undefined;
}

function columnOrder(hessian: Float64Array, size: number, by: "given" | "variance"): Uint32Array {
  const columns = Uint32Array.from({ length: size }, (_, i) => i);
  const variance = (column: number) => hessian[column * size + column]!;
  return by === "given" ? columns : columns.sort((a, b) => variance(b) - variance(a) || a - b);
}

/** Which inputs, in their order, hardly vary, and the mean of the others' variance. */
function deadInputs(hessian: Float64Array, order: Uint32Array): { readonly dead: Uint8Array; readonly mean: number } {
  const size = order.length;
  const diagonal = Float64Array.from(order, (column) => hessian[column * size + column]!);
  const least = DEAD * (diagonal.reduce((sum, value) => sum + value, 0) / size);
  const dead = Uint8Array.from(diagonal, (value) => (value > least ? 0 : 1));
  const live = diagonal.filter((_, i) => dead[i] === 0);
  return { dead, mean: live.length === 0 ? 1 : live.reduce((sum, value) => sum + value, 0) / live.length };
}

/** The lower half of the damped matrix with its last row and column first; inputs that hardly vary are tied to no other. */
function fillReversed(
  reversed: Float64Array,
  hessian: Float64Array,
  options: { readonly order: Uint32Array; readonly dead: Uint8Array; readonly mean: number; readonly added: number },
): void {
  const { order, dead, mean, added } = options;
  const size = order.length;
  for (let i = 0; i < size; i++) {
    const own = size - 1 - i;
    const from = order[own]! * size;
    for (let j = 0; j < i; j++) {
      const other = size - 1 - j;
      reversed[i * size + j] = dead[own] === 1 || dead[other] === 1 ? 0 : hessian[from + order[other]!]!;
    }
    reversed[i * size + i] = dead[own] === 1 ? mean : hessian[from + order[own]!]! + added;
    reversed.fill(0, i * size + i + 1, (i + 1) * size);
  }
}
