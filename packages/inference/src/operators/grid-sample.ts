import { elementCount } from "@deep-compression/bits";
import { intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { floatsOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { cubicKernel, LINEAR, type TapKernel } from "./resize-taps";

/** How one axis of the input is sampled. */
interface Sampling {
  /** undefined: the nearest element. */
  readonly kernel: TapKernel | undefined;
  readonly padding: "zeros" | "border" | "reflection";
  /** Whether -1 and 1 are the middles of the outermost elements, not their edges. */
  readonly alignsCorners: boolean;
}

const KERNELS: Readonly<Record<string, TapKernel | undefined>> = {
  nearest: undefined,
  linear: LINEAR,
  bilinear: LINEAR,
  cubic: /* @__PURE__ */ cubicKernel(-0.75),
  bicubic: /* @__PURE__ */ cubicKernel(-0.75),
};

/** GridSample: at each point of a grid the input there, by the nearest element or by interpolation. */
export const gridSample: Operator = ({ node }) => {
  const sampling = samplingOf(node);
  return {
    run(inputs, context) {
      const [x, grid] = [required(node, inputs, 0), required(node, inputs, 1)];
      const [items = 0, channels = 0, ...sizes] = x.shape;
      const points = grid.shape.slice(1, -1);
      if (
        sizes.length < 1 ||
        grid.shape.length !== x.shape.length ||
        grid.shape[0] !== items ||
        grid.shape.at(-1) !== sizes.length
      )
        throw misfit(
          node,
          `expected a grid [N, ..., ${sizes.length}] for shape ${shapeText(x.shape)}, got ${shapeText(grid.shape)}`,
        );
      const output = context.output(x.type, [items, channels, ...points]);
      if (output.size > 0) sampleAll(node, { x, grid, output, sampling });
      return [output];
    },
  };
};

function samplingOf(node: Node): Sampling {
  const mode = stringAttribute(node, "mode", "linear");
  const padding = stringAttribute(node, "padding_mode", "zeros");
  if (!Object.hasOwn(KERNELS, mode)) throw misfit(node, `mode expected nearest, linear or cubic, got ${quoted(mode)}`);
  if (padding !== "zeros" && padding !== "border" && padding !== "reflection")
    throw misfit(node, `padding_mode expected zeros, border or reflection, got ${quoted(padding)}`);
  return { kernel: KERNELS[mode], padding, alignsCorners: intAttribute(node, "align_corners", 0) !== 0 };
}

function sampleAll(
  node: Node,
  { x, grid, output, sampling }: Record<"x" | "grid" | "output", Value> & { readonly sampling: Sampling },
): void {
  const [items, channels, ...sizes] = x.shape as [number, number, ...number[]];
  const [from, places, to] = [floatsOf(node, x), floatsOf(node, grid), floatsOf(node, output)];
  const [plane, points] = [elementCount(sizes), output.size / items / channels];
  const strides = stridesOf(sizes);
  const rank = sizes.length;
  for (let item = 0; item < items; item++)
    for (let point = 0; point < points; point++) {
      const at = (item * points + point) * rank;
      // The last number of a point is for the first spatial axis.
      let taps: readonly Tap[] = [{ offset: 0, weight: 1 }];
      for (let axis = 0; axis < rank; axis++) {
        const own = axisTaps(places[at + rank - 1 - axis]!, sizes[axis]!, sampling);
        taps = taps.flatMap(({ offset, weight }) =>
          own.map((tap) => ({ offset: offset + tap.offset * strides[axis]!, weight: weight * tap.weight })),
        );
      }
      for (let channel = 0; channel < channels; channel++) {
        const start = (item * channels + channel) * plane;
        let sum = 0;
        for (const { offset, weight } of taps) sum += weight * from[start + offset]!;
        to[(item * channels + channel) * points + point] = sum;
      }
    }
}

interface Tap {
  readonly offset: number;
  readonly weight: number;
}

/** The elements of an axis that a place from -1 to 1 is made of. */
function axisTaps(place: number, size: number, { kernel, padding, alignsCorners }: Sampling): readonly Tap[] {
  const [least, most] = alignsCorners ? [0, size - 1] : [-0.5, size - 0.5];
  let at = alignsCorners ? ((place + 1) / 2) * (size - 1) : ((place + 1) * size - 1) / 2;
  if (kernel === undefined) at = roundedToEven(at);
  if (!(at >= least && at <= most)) {
    // A cubic kernel there still reaches inside.
    if (padding === "border" && kernel?.reach !== 2) at = Math.min(size - 1, Math.max(0, at));
    else if (padding === "reflection") at = reflected(at, least, most);
  }
  if (!Number.isFinite(at)) return padding === "zeros" ? [] : [{ offset: 0, weight: Number.NaN }];
  const floor = Math.floor(at);
  const first = kernel === undefined ? at : floor + 1 - kernel.reach;
  const count = kernel === undefined ? 1 : 2 * kernel.reach;
  const taps: Tap[] = [];
  for (let index = first; index < first + count; index++) {
    const weight = kernel === undefined ? 1 : kernel.weight(index - at);
    const isInside = index >= 0 && index < size;
    if (!isInside && padding === "zeros") continue;
    const clamped = isInside || padding === "border" ? index : Math.trunc(reflected(index, least, most));
    taps.push({ offset: Math.min(size - 1, Math.max(0, clamped)), weight });
  }
  return taps;
}

/** A place mirrored at two edges until it lies between them. */
function reflected(at: number, least: number, most: number): number {
  const range = most - least;
  if (range <= 0) return least;
  const beyond = Math.abs(at - least) % (2 * range);
  return least + Math.min(beyond, 2 * range - beyond);
}

function roundedToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
