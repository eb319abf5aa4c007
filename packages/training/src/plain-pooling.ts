import type { Kernels } from "./plain-kernel";

/** The twins of assembly/pooling.ts. */
export const POOLING_KERNELS: Kernels<
  "maxPool" | "maxPoolGradient" | "maxPoolWindows" | "maxPoolWindowsGradient" | "planeMeans" | "planeMeansGradient"
> = {
  maxPool({ f, i }, { planes, height, width, x, y, argmax }) {
    let out = 0;
    for (let p = 0; p < planes; p++)
      for (let row = 0; row < height >> 1; row++)
        for (let column = 0; column < width >> 1; column++) {
          const first = (p * height + 2 * row) * width + 2 * column;
          let best = first;
          for (const at of [first + 1, first + width, first + width + 1])
            if (f[x / 4 + at] > f[x / 4 + best]) best = at;
          f[y / 4 + out] = f[x / 4 + best];
          i[argmax / 4 + out++] = best;
        }
  },
  maxPoolGradient({ f, i }, { n, size, dy, argmax, dx }) {
    f.fill(0, dx / 4, dx / 4 + size);
    for (let j = 0; j < n; j++) f[dx / 4 + i[argmax / 4 + j]] = f[dy / 4 + j];
  },
  maxPoolWindows({ f, i }, { planes, height, width, outHeight, outWidth, x, y, argmax, ...window }) {
    const { kernelHeight, kernelWidth, strideY, strideX, padY, padX } = window;
    let out = 0;
    for (let p = 0; p < planes; p++)
      for (let r = 0; r < outHeight; r++)
        for (let q = 0; q < outWidth; q++) {
          let best = -1;
          for (let row = r * strideY - padY; row < r * strideY - padY + kernelHeight; row++)
            for (let column = q * strideX - padX; column < q * strideX - padX + kernelWidth; column++) {
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const at = (p * height + row) * width + column;
              if (best < 0 || f[x / 4 + at] > f[x / 4 + best]) best = at;
            }
          f[y / 4 + out] = f[x / 4 + best];
          i[argmax / 4 + out++] = best;
        }
  },
  maxPoolWindowsGradient({ f, i }, { n, size, dy, argmax, dx }) {
    f.fill(0, dx / 4, dx / 4 + size);
    for (let j = 0; j < n; j++) f[dx / 4 + i[argmax / 4 + j]] += f[dy / 4 + j];
  },
  planeMeans({ f }, { planes, length, x, y }) {
    for (let p = 0; p < planes; p++) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += f[x / 4 + p * length + j];
      f[y / 4 + p] = sum / length;
    }
  },
  planeMeansGradient({ f }, { planes, length, dy, dx }) {
    for (let p = 0; p < planes; p++) f.fill(f[dy / 4 + p] / length, dx / 4 + p * length, dx / 4 + (p + 1) * length);
  },
};
