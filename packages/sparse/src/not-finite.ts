import { checkFloats, type KernelOption } from "@deep-compression/runtime";
import { blocksOf, floatKernels } from "./float-kernels";

/** The index of the first value that is NaN or infinite; -1 if all are finite. @throws TypeError unless a Float32Array */
export function findNotFinite(values: Float32Array, options: KernelOption = {}): number {
  checkFloats("values", values);
  const kernels = floatKernels(options.kernels);
  if (kernels === undefined) return plainNotFinite(values);
  for (const { base, count } of blocksOf(kernels, values)) {
    const found = kernels.firstNotFinite(count);
    if (found >= 0) return base + found;
  }
  return -1;
}

function plainNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return i;
  }
  return -1;
}

/** Checks that all values have a magnitude. @throws RangeError that names the first NaN */
export function checkNoNaN(name: string, values: Float32Array, options: KernelOption = {}): void {
  const first = findNotFinite(values, options);
  for (let i = first; i >= 0 && i < values.length; i++) {
    if (Number.isNaN(values[i])) throw new RangeError(`${name}[${i}]: expected a magnitude, got NaN`);
  }
}
