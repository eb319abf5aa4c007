/** The columns by the variance of their inputs, the largest first, so that errors are left to those that matter least. */
export function orderByVariance(hessian: Float64Array, size: number): Uint32Array {
  const variance = (column: number) => hessian[column * size + column]!;
  return Uint32Array.from([...Array(size).keys()].sort((a, b) => variance(b) - variance(a) || a - b));
}
