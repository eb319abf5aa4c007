/** Numbers as multiples of the largest power of two that is no more than `step`, so that their low bits are zero and take no bytes. */
export function roundedTo(values: Float64Array, step: number): Float32Array {
  const power = 2 ** Math.floor(Math.log2(step));
  if (!(power > 0 && power < Number.POSITIVE_INFINITY)) return Float32Array.from(values);
  return Float32Array.from(values, (value) => Math.round(value / power) * power);
}

/** Numbers with so many significant binary digits. */
export function roundedDigits(values: Float64Array, digits: number): Float64Array {
  return values.map((value) => {
    if (value === 0 || !Number.isFinite(value)) return value;
    const power = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - digits);
    return Math.round(value / power) * power;
  });
}
