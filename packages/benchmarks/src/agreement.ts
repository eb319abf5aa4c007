/** Sum of the squared differences, in float64. @throws RangeError unless the lengths agree */
export function squaredError(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) {
    throw new RangeError(`values: expected ${reference.length} numbers, got ${values.length}`);
  }
  let sum = 0;
  for (let i = 0; i < reference.length; i++) sum += (values[i]! - reference[i]!) ** 2;
  return sum;
}

/** Root-mean-square difference over root-mean-square of the reference. @throws RangeError unless the lengths agree */
export function relativeDifference(values: Float32Array, reference: Float32Array): number {
  return Math.sqrt(squaredError(values, reference) / squaredError(reference, new Float32Array(reference.length)));
}
