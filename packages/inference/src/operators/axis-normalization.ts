import { floatAttribute, intAttribute, intsAttribute, misfit } from "@deep-compression/network";
import { stridesOf, walk } from "../broadcast";
import { imageShape } from "../convolution-shape";
import { axisOf, floatsOf, type Operator, required } from "../operation";

/** LRN: each element divided by a power of the sum of squares of its neighbours in the channels beside it. */
export const lrn: Operator = ({ node }) => {
  const size = intAttribute(node, "size", 0);
  if (size < 1) throw misfit(node, `size expected at least 1, got ${size}`);
  const [alpha, beta] = [floatAttribute(node, "alpha", 1e-4), floatAttribute(node, "beta", 0.75)];
  const bias = floatAttribute(node, "bias", 1);
  // The exponent that networks have, as two roots and a product: a fifth of the time of a power.
  const power =
    beta === 0.75 ? (base: number) => Math.sqrt(base) * Math.sqrt(Math.sqrt(base)) : (base: number) => base ** beta;
  return {
    run(inputs, context) {
      const value = required(node, inputs, 0);
      const { batch, channels, spatial } = imageShape(node, value.shape);
      const plane = spatial.reduce((product, size) => product * size, 1);
      const y = context.output(value.type, value.shape);
      const [x, to] = [floatsOf(node, value), floatsOf(node, y)];
      const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
      const sums = new Float64Array(plane);
      for (let n = 0; n < batch; n++)
        for (let c = 0; c < channels; c++) {
          sums.fill(0);
          for (let k = Math.max(0, c - before); k <= Math.min(channels - 1, c + after); k++) {
            const from = (n * channels + k) * plane;
            for (let i = 0; i < plane; i++) sums[i] = sums[i]! + x[from + i]! * x[from + i]!;
          }
          const at = (n * channels + c) * plane;
          for (let i = 0; i < plane; i++) to[at + i] = x[at + i]! / power(bias + (alpha / size) * sums[i]!);
        }
      return [y];
    },
  };
};

/** MeanVarianceNormalization: over `axes`, which are batch and space unless others are named. */
export const meanVarianceNormalization: Operator = ({ node }) => ({
  run(inputs, context) {
    const value = required(node, inputs, 0);
    const { shape } = value;
    const axes = new Set((intsAttribute(node, "axes") ?? [0, 2, 3]).map((axis) => axisOf(node, axis, shape.length)));
    const y = context.output(value.type, shape);
    const [x, to] = [floatsOf(node, value), floatsOf(node, y)];
    const kept = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const groups = kept.reduce((product, size) => product * size, 1);
    const own = stridesOf(kept);
    const strides = shape.map((_, axis) => (axes.has(axis) ? 0 : own[axis]!));
    const { length, steps, each } = walk(shape, [strides]);
    const [step] = steps as [number];
    const visit = (what: (group: number, at: number) => void) =>
      each((at, [start]) => {
        for (let k = 0, group = start!; k < length; k++, group += step) what(group, at + k);
      });
    const [means, variances] = [new Float64Array(groups), new Float64Array(groups)];
    const share = groups / x.length;
    visit((group, at) => {
      means[group] = means[group]! + x[at]! * share;
    });
    visit((group, at) => {
      variances[group] = variances[group]! + (x[at]! - means[group]!) ** 2 * share;
    });
    visit((group, at) => {
      to[at] = (x[at]! - means[group]!) / (Math.sqrt(variances[group]!) + 1e-9);
    });
    return [y];
  },
});

/** LpNormalization: each line along `axis` divided by its sum of absolute values, or by its length; a line of zeros stays. */
export const lpNormalization: Operator = ({ node }) => {
  const p = intAttribute(node, "p", 2);
  if (p !== 1 && p !== 2) throw misfit(node, `p expected 1 or 2, got ${p}`);
  return {
    run(inputs, context) {
      const value = required(node, inputs, 0);
      const { shape } = value;
      const axis = axisOf(node, intAttribute(node, "axis", -1), shape.length);
      const y = context.output(value.type, shape);
      const [x, to] = [floatsOf(node, value), floatsOf(node, y)];
      const [size, stride] = [shape[axis]!, stridesOf(shape)[axis]!];
      for (let outer = 0; outer < x.length; outer += size * stride)
        for (let start = outer; start < outer + stride; start++) {
          let sum = 0;
          const end = start + size * stride;
          for (let i = start; i < end; i += stride) sum += p === 1 ? Math.abs(x[i]!) : x[i]! * x[i]!;
          const norm = p === 1 ? sum : Math.sqrt(sum);
          for (let i = start; i < end; i += stride) to[i] = norm === 0 ? 0 : x[i]! / norm;
        }
      return [y];
    },
  };
};
