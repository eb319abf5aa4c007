/** Sum of the squared differences; NaN if there are not as many on both sides. */
export function squaredError(original: Float32Array, restored: Float32Array): number {
  if (original.length !== restored.length) return Number.NaN;
  let sum = 0;
  for (let i = 0; i < original.length; i++) sum += (original[i]! - restored[i]!) ** 2;
  return sum;
}
