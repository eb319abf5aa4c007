import { kernelChoice } from "@deep-compression/runtime";
import { KERNELS_TEXT } from "./kernels.generated";
import type { MatrixKernels } from "./matrix-kernels";
import { PLAIN_KERNELS } from "./plain-kernels";
import type { KernelExports } from "./wasm-memory";
import { addCentredProducts, sumColumns } from "./wasm-moments";
import { halfPairSums } from "./wasm-pair-sums";
import { addProduct, doubleKernels, floatKernels } from "./wasm-product";

export const matrixKernels = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, wasmKernels, PLAIN_KERNELS);

function wasmKernels(kernels: KernelExports): MatrixKernels {
  const doubles = doubleKernels(kernels);
  const floats = floatKernels(kernels);
  return {
    sumColumns: (rows, width) => sumColumns(kernels, rows, width),
    addCentredProducts: (products, left, right) => addCentredProducts(kernels, products, left, right),
    addDoubleProduct: (target, left, right, shape) => addProduct(doubles, target, left, right, shape),
    addFloatProduct: (target, left, right, shape) => addProduct(floats, target, left, right, shape),
    halfPairSums: (codes, matrix, shape) => halfPairSums(kernels, codes, matrix, shape),
  };
}
