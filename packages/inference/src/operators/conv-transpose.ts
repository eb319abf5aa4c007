import {
  intAttribute,
  intsAttribute,
  misfit,
  type Node,
  stringAttribute,
  type Window,
} from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type Convolution, groupsOf, imageShape, threeWindows } from "../convolution-shape";
import { finisherOf, finishing } from "../finisher";
import { CONVOLUTION, PRODUCT, TRANSPOSED_CONVOLUTION } from "../kernels.generated";
import { floatsOf, required, withKernels } from "../operation";
import { convolveTransposed } from "../transposed-convolution";
import { checkBias, weightShape } from "./dense-conv";

/** ConvTranspose in up to three spatial dimensions. */
export const convTranspose = /* @__PURE__ */ withKernels(
  [CONVOLUTION, PRODUCT, TRANSPOSED_CONVOLUTION],
  /* @__PURE__ */ finishing((site) => {
    const { node } = site;
    const [, perGroup] = weightShape(site) ?? [];
    const finish = finisherOf(site, perGroup && perGroup * intAttribute(node, "group", 1));
    return {
      run(inputs, context) {
        const [x, w, bias] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
        for (const value of [x, w, bias]) if (value) floatsOf(node, value);
        const { shape, output } = transposedOf(node, x.shape, w.shape);
        checkBias(node, bias, output[1]!);
        const y = context.output(x.type, output);
        y.data.fill(0 as never);
        const operands = { x: x.address, w: w.address, y: y.address, finish: finish.steps(inputs, y) };
        convolveTransposed(context, shape, operands);
        return [finish.rest(inputs, y, context)];
      },
    };
  }),
);

/** The convolution whose adjoint it is, and the shape of the output. */
function transposedOf(
  node: Node,
  input: readonly number[],
  weights: readonly number[],
): { readonly shape: Convolution; readonly output: readonly number[] } {
  const { batch, channels: all, spatial } = imageShape(node, input);
  const { batch: rows, channels, spatial: kernel } = imageShape(node, weights);
  const groups = groupsOf(node, [all]);
  if (rows !== all || kernel.length !== spatial.length)
    throw misfit(node, `weights of shape ${shapeText(weights)} do not fit input of shape ${shapeText(input)}`);
  const windows = transposedWindows(node, spatial, kernel);
  return {
    shape: { batch, groups, channels, outputs: all / groups, ...threeWindows(node, windows) },
    output: [batch, groups * channels, ...windows.map(({ input: size }) => size)],
  };
}

/** The windows of the convolution: `input` is what ConvTranspose gives, `output` what it takes. */
function transposedWindows(node: Node, spatial: readonly number[], kernel: readonly number[]): readonly Window[] {
  const rank = spatial.length;
  const perAxis = (name: string, fallback: number, count = rank): readonly number[] => {
    const values = intsAttribute(node, name) ?? new Array<number>(count).fill(fallback);
    if (values.length === count) return values;
    throw misfit(node, `attribute ${quoted(name)} expected ${count} numbers, got ${shapeText(values)}`);
  };
  const [strides, dilations] = [perAxis("strides", 1), perAxis("dilations", 1)];
  const [pads, extra] = [perAxis("pads", 0, 2 * rank), perAxis("output_padding", 0)];
  const shape = intsAttribute(node, "output_shape");
  const sizes = shape === undefined ? undefined : perAxis("output_shape", 0, shape.length > rank ? rank + 2 : rank);
  const mode = stringAttribute(node, "auto_pad", "NOTSET");
  return spatial.map((input, axis) => {
    const [stride, dilation, taps] = [strides[axis]!, dilations[axis]!, kernel[axis]!];
    if (!(stride >= 1 && dilation >= 1 && taps >= 1))
      throw misfit(node, `kernel, stride and dilation must be at least 1, got ${taps}, ${stride}, ${dilation}`);
    const full = stride * (input - 1) + extra[axis]! + (taps - 1) * dilation + 1;
    const isSame = mode === "SAME_UPPER" || mode === "SAME_LOWER";
    const wanted = sizes?.[axis - rank + sizes.length] ?? (isSame ? input * stride : undefined);
    let [padBegin, padEnd] = mode === "VALID" ? [0, 0] : [pads[axis]!, pads[axis + rank]!];
    if (wanted !== undefined) {
      const total = Math.max(0, full - wanted);
      const less = Math.floor(total / 2);
      // As ONNX's reference: the odd cell goes to the end, unless SAME_LOWER or no mode is asked for.
      padBegin = mode === "SAME_UPPER" ? less : total - less;
      padEnd = total - padBegin;
    }
    const size = wanted ?? full - padBegin - padEnd;
    if (size < 0 || padBegin < 0 || padEnd < 0)
      throw misfit(node, `an output of ${full} is less than pads of ${padBegin} and ${padEnd}`);
    return { input: size, output: input, kernel: taps, stride, dilation, padBegin, padEnd };
  });
}
