import type { Window } from "@deep-compression/network";

/** The cells that each window reads along an axis: from `first` on, `count` of them, `dilation` apart. */
export interface AxisWindows {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly dilation: number;
}

/** The cells of the input that windows read along an axis, without those in the padding. */
export function axisWindows({ input, output, kernel, stride, dilation, padBegin }: Window): AxisWindows {
  const [first, count] = [new Int32Array(output), new Int32Array(output)];
  for (let o = 0; o < output; o++) {
    const start = o * stride - padBegin;
    const skipped = start < 0 ? Math.ceil(-start / dilation) : 0;
    const taps = Math.min(kernel, Math.ceil((input - start) / dilation));
    first[o] = start + skipped * dilation;
    count[o] = Math.max(0, taps - skipped);
  }
  return { first, count, dilation };
}
