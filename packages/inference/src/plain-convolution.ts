import type { ConvolutionKernels, WindowColumns } from "./convolution-kernels";

/** The twins of assembly/convolution.ts and of the planes that it shares with training. */
export function plainConvolutionKernels(floats: () => Float32Array): ConvolutionKernels {
  return {
    copyPlanes(planes, rows, columns, from, fromPlane, fromRow, fromColumn, to, toPlane, toRow, toColumn) {
      const memory = floats();
      for (let p = 0; p < planes; p++)
        for (let r = 0; r < rows; r++)
          for (let c = 0; c < columns; c++)
            memory[to / 4 + p * toPlane + r * toRow + c * toColumn] =
              memory[from / 4 + p * fromPlane + r * fromRow + c * fromColumn]!;
    },
    depthwise(
      channels,
      multiplier,
      images,
      height,
      width,
      kernelHeight,
      kernelWidth,
      strideY,
      strideX,
      dilationY,
      dilationX,
      x,
      w,
      y,
    ) {
      const memory = floats();
      const outHeight = Math.floor((height - (kernelHeight - 1) * dilationY - 1) / strideY) + 1;
      const outWidth = Math.floor((width - (kernelWidth - 1) * dilationX - 1) / strideX) + 1;
      let to = y / 4;
      for (let o = 0; o < channels * multiplier; o++)
        for (let n = 0; n < images; n++)
          for (let r = 0; r < outHeight; r++)
            for (let q = 0; q < outWidth; q++) {
              const row = (Math.floor(o / multiplier) * images + n) * height + r * strideY;
              let sum = 0;
              for (let ky = 0; ky < kernelHeight; ky++)
                for (let kx = 0; kx < kernelWidth; kx++)
                  sum +=
                    memory[w / 4 + (o * kernelHeight + ky) * kernelWidth + kx]! *
                    memory[x / 4 + (row + ky * dilationY) * width + q * strideX + kx * dilationX]!;
              memory[to++] = sum;
            }
    },
    windowColumns: eachCell(floats, (memory, column, pixel) => {
      memory[column] = pixel < 0 ? 0 : memory[pixel]!;
    }),
    addWindowColumns: eachCell(floats, (memory, column, pixel) => {
      if (pixel >= 0) memory[pixel]! += memory[column]!;
    }),
    gateRows(rows, columns, stride, x, y, alpha, beta, low, high) {
      const memory = floats();
      for (let r = 0; r < rows; r++)
        for (let from = x / 4 + r * stride, at = y / 4 + r * stride, end = at + columns; at < end; at++, from++) {
          const value = memory[from]!;
          memory[at] = value * bounded(value * alpha + beta, low, high);
        }
    },
    finishRows(rows, columns, stride, x, y, scales, shifts, slope, low, high) {
      const memory = floats();
      for (let r = 0; r < rows; r++) {
        const scale = scales === 0 ? 1 : memory[scales / 4 + r]!;
        const shift = shifts === 0 ? -0 : memory[shifts / 4 + r]!;
        for (let from = x / 4 + r * stride, at = y / 4 + r * stride, end = at + columns; at < end; at++, from++) {
          const value = memory[from]! * scale + shift;
          memory[at] = bounded(value < 0 ? value * slope : value, low, high);
        }
      }
    },
  };
}

/** A number held between two bounds; NaN stays. */
function bounded(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}

/** Calls `visit` with where each element of the columns lies and where the input that it stands for; -1: in the padding. */
function eachCell(
  floats: () => Float32Array,
  visit: (memory: Float32Array, column: number, pixel: number) => void,
): WindowColumns {
  return (
    channels,
    plane,
    height,
    width,
    kernelHeight,
    kernelWidth,
    strideY,
    strideX,
    dilationY,
    dilationX,
    top,
    left,
    rows,
    outWidth,
    x,
    columns,
    channelStep,
    tapStep,
    windowStep,
  ) => {
    const memory = floats();
    for (let c = 0; c < channels; c++)
      for (let ky = 0; ky < kernelHeight; ky++)
        for (let kx = 0; kx < kernelWidth; kx++)
          for (let r = 0; r < rows; r++)
            for (let q = 0; q < outWidth; q++) {
              const tap = ky * kernelWidth + kx;
              const [row, column] = [r * strideY - top + ky * dilationY, q * strideX - left + kx * dilationX];
              const isInside = row >= 0 && row < height && column >= 0 && column < width;
              visit(
                memory,
                columns / 4 + c * channelStep + tap * tapStep + (r * outWidth + q) * windowStep,
                isInside ? x / 4 + c * plane + row * width + column : -1,
              );
            }
  };
}
