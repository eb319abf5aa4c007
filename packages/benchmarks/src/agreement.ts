/** Root-mean-square difference over root-mean-square of the reference. @throws RangeError unless the lengths agree */
export function relativeDifference(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) {
    throw new RangeError(`values: expected ${reference.length} numbers, got ${values.length}`);
  }
  let [difference, size] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    difference += (values[i] - reference[i]) ** 2;
    size += reference[i] ** 2;
  }
  return Math.sqrt(difference / size);
}
