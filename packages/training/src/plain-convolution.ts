import type { Kernels } from "./plain-kernel";
import type { Operands } from "./program";

type Sliding = Pick<
  Operands<"im2col">,
  "height" | "width" | "kernelHeight" | "kernelWidth" | "strideY" | "strideX" | "dilationY" | "dilationX"
>;

/** Outputs of a kernel that slides over a plane, downwards and across. */
function outputSize(sliding: Sliding): { readonly outHeight: number; readonly outWidth: number } {
  const { height, width, kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX } = sliding;
  return {
    outHeight: Math.floor((height - (kernelHeight - 1) * dilationY - 1) / strideY) + 1,
    outWidth: Math.floor((width - (kernelWidth - 1) * dilationX - 1) / strideX) + 1,
  };
}

/** Calls `visit` with the addresses (in floats) of each element of the columns and of the pixel it stands for. */
function eachColumn(operands: Operands<"im2col">, visit: (column: number, pixel: number) => void): void {
  const { channels, images, total, height, width, kernelHeight, kernelWidth, x } = operands;
  const { strideY, strideX, dilationY, dilationX } = operands;
  const { outHeight, outWidth } = outputSize(operands);
  let column = operands.columns / 4;
  for (let c = 0; c < channels; c++)
    for (let ky = 0; ky < kernelHeight; ky++)
      for (let kx = 0; kx < kernelWidth; kx++)
        for (let n = 0; n < images; n++)
          for (let y = 0; y < outHeight; y++) {
            const row = (c * total + n) * height + y * strideY + ky * dilationY;
            const from = x / 4 + row * width + kx * dilationX;
            for (let q = 0; q < outWidth; q++) visit(column++, from + q * strideX);
          }
}

/** Calls `visit` with the places of each product of a depthwise convolution: of its output, its tap and its input. */
function eachProduct(
  operands: Sliding & Pick<Operands<"depthwise">, "channels" | "multiplier" | "images">,
  visit: (output: number, tap: number, input: number) => void,
): void {
  const { channels, multiplier, images, height, width, kernelHeight, kernelWidth } = operands;
  const { strideY, strideX, dilationY, dilationX } = operands;
  const { outHeight, outWidth } = outputSize(operands);
  for (let o = 0; o < channels * multiplier; o++)
    for (let n = 0; n < images; n++)
      for (let y = 0; y < outHeight; y++)
        for (let q = 0; q < outWidth; q++)
          for (let ky = 0; ky < kernelHeight; ky++)
            for (let kx = 0; kx < kernelWidth; kx++) {
              const output = ((o * images + n) * outHeight + y) * outWidth + q;
              const plane = Math.floor(o / multiplier) * images + n;
              const row = plane * height + y * strideY + ky * dilationY;
              visit(output, (o * kernelHeight + ky) * kernelWidth + kx, row * width + q * strideX + kx * dilationX);
            }
}

/** Floats of the outputs of a depthwise convolution. */
function outputCount(operands: Operands<"depthwise">): number {
  const { outHeight, outWidth } = outputSize(operands);
  return operands.channels * operands.multiplier * operands.images * outHeight * outWidth;
}

/** The twins of assembly/convolution.ts. */
export const CONVOLUTION_KERNELS: Kernels<
  "copyPlanes" | "im2col" | "col2im" | "depthwise" | "depthwiseInputGradient" | "depthwiseWeightGradient"
> = {
  copyPlanes({ f }, { planes, rows, columns, from, fromPlane, fromRow, fromColumn, to, toPlane, toRow, toColumn }) {
    for (let p = 0; p < planes; p++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          f[to / 4 + p * toPlane + r * toRow + c * toColumn] =
            f[from / 4 + p * fromPlane + r * fromRow + c * fromColumn];
  },
  im2col({ f }, operands) {
    eachColumn(operands, (column, pixel) => {
      f[column] = f[pixel];
    });
  },
  col2im({ f }, operands) {
    eachColumn(operands, (column, pixel) => {
      f[pixel] += f[column];
    });
  },
  depthwise({ f }, operands) {
    const { x, w, y } = operands;
    f.fill(0, y / 4, y / 4 + outputCount(operands));
    eachProduct(operands, (output, tap, input) => {
      f[y / 4 + output] += f[w / 4 + tap] * f[x / 4 + input];
    });
  },
  depthwiseInputGradient({ f }, { dy, w, dx, ...operands }) {
    eachProduct(operands, (output, tap, input) => {
      f[dx / 4 + input] += f[w / 4 + tap] * f[dy / 4 + output];
    });
  },
  depthwiseWeightGradient({ f }, { dy, x, dw, ...operands }) {
    const { channels, multiplier, kernelHeight, kernelWidth } = operands;
    f.fill(0, dw / 4, dw / 4 + channels * multiplier * kernelHeight * kernelWidth);
    eachProduct(operands, (output, tap, input) => {
      f[dw / 4 + tap] += f[dy / 4 + output] * f[x / 4 + input];
    });
  },
};
