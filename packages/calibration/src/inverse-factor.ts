import { checkLength, checkNumber, checkTypedArray } from "@deep-compression/runtime";
import { choleskyFactor, inverseOfLower } from "./cholesky";

/** How the error of one column of weights is made up for by the columns behind it. */
export interface InverseFactor {
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
}

const DAMPING = 0.05;

/** Inputs whose variance is a smaller fraction of the mean one. */
const DEAD = 1e-6;

/** Further tries, each ten times as much. */
const TRIES = 3;

/**
 * The factor of the inverse Hessian by which {@link rateAwarePass} goes (GPTQ, Frantar et al. 2023, section 3.3): found without
 * the inverse, from the Cholesky factor of the matrix in reverse order.
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
  const { damping = DAMPING } = options;
  checkTypedArray("hessian", hessian, Float64Array);
  checkLength("hessian", hessian.length, size * size);
  checkNumber("damping", damping, { minimum: 0 });
  const { dead, mean } = deadInputs(hessian, size);
  for (let tried = 0, added = damping * mean; tried < TRIES; tried++, added *= 10) {
    const reversed = choleskyFactor(dampedReverse(hessian, { size, dead, mean, added }), size);
    if (reversed === undefined) continue;
    // H = L L^T with L upper triangular, the factor of the reversed matrix reversed; U is its inverse.
    return { factor: inverseOfLower(reversed, size).reverse(), dead, added };
  }
  return undefined;
}

/** Which inputs hardly vary, and the mean of the others' variance. */
function deadInputs(hessian: Float64Array, size: number): { readonly dead: Uint8Array; readonly mean: number } {
  const diagonal = Float64Array.from({ length: size }, (_, i) => hessian[i * size + i]!);
  const least = DEAD * (diagonal.reduce((sum, value) => sum + value, 0) / size);
  const dead = Uint8Array.from(diagonal, (value) => (value > least ? 0 : 1));
  const live = diagonal.filter((_, i) => dead[i] === 0);
  return { dead, mean: live.length === 0 ? 1 : live.reduce((sum, value) => sum + value, 0) / live.length };
}

function dampedReverse(
  hessian: Float64Array,
  options: { readonly size: number; readonly dead: Uint8Array; readonly mean: number; readonly added: number },
): Float64Array {
  const { size, dead, mean, added } = options;
  const damped = hessian.slice().reverse();
  for (let i = 0; i < size; i++) {
    const isDead = dead[size - 1 - i] === 1;
    if (isDead) {
      damped.fill(0, i * size, (i + 1) * size);
      for (let k = 0; k < size; k++) damped[k * size + i] = 0;
    }
    damped[i * size + i] = isDead ? mean : damped[i * size + i]! + added;
  }
  return damped;
}
