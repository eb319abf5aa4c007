import { misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyPart } from "../copy-elements";
import { type Inputs, type Operator, required } from "../operation";
import { axesOf, integersAt } from "./operands";

/** Which indices of an axis a slice takes. */
interface Range {
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

/** Slice: from `starts` to before `ends` along `axes`, by `steps`; what lies outside is cut off. */
export const slice: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const ranges = rangesOf(node, inputs, x.shape);
    if (ranges.every(({ step, size }, axis) => step === 1 && size === x.shape[axis])) return [x];
    const output = context.output(
      x.type,
      ranges.map(({ size }) => size),
    );
    const own = stridesOf(x.shape);
    const start = ranges.reduce((sum, { start }, axis) => sum + start * own[axis]!, 0);
    const strides = ranges.map(({ step }, axis) => step * own[axis]!);
    copyPart(output.shape, { value: x, start, strides }, { value: output });
    return [output];
  },
});

function rangesOf(node: Node, inputs: Inputs, shape: readonly number[]): readonly Range[] {
  const starts = integersAt(node, inputs, 1, "starts");
  const ends = integersAt(node, inputs, 2, "ends");
  if (starts === undefined || ends === undefined) throw misfit(node, "expected starts and ends, got none");
  const axes = integersAt(node, inputs, 3, "axes") ?? starts.map((_, i) => i);
  const steps = integersAt(node, inputs, 4, "steps") ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length) || steps.includes(0))
    throw misfit(
      node,
      `expected ${starts.length} ends, axes and steps other than 0, got ${[ends, axes, steps].map(shapeText).join(", ")}`,
    );
  const ranges = shape.map((size): Range => ({ start: 0, step: 1, size }));
  for (const [i, axis] of axesOf(node, axes, shape.length).entries())
    ranges[axis] = rangeOf(starts[i]!, ends[i]!, steps[i]!, shape[axis]!);
  return ranges;
}

function rangeOf(start: number, end: number, step: number, size: number): Range {
  const clamp = (index: number, least: number, most: number) =>
    Math.min(most, Math.max(least, index < 0 ? index + size : index));
  const isForward = step > 0;
  const first = isForward ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const past = isForward ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  const count = size === 0 ? 0 : Math.max(0, Math.ceil((past - first) / step));
  return { start: count === 0 ? 0 : first, step: count <= 1 ? 1 : step, size: count };
}
