import { floatAttribute, intAttribute, misfit, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { floatsOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { indicesOf } from "./indices";
import { assertRank } from "./operands";

/** Points of one axis of a region: which two indices each lies between, and how much of the second it takes. */
interface Samples {
  readonly perBin: number;
  /** -1: the point lies outside. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

/** RoiAlign: regions of images, each as bins of the mean or the largest of points between pixels. */
export const roiAlign: Operator = ({ node, opset }) => {
  const mode = stringAttribute(node, "mode", "avg");
  const transformation = stringAttribute(
    node,
    "coordinate_transformation_mode",
    opset < 16 ? "output_half_pixel" : "half_pixel",
  );
  const [rows, columns] = [intAttribute(node, "output_height", 1), intAttribute(node, "output_width", 1)];
  const perBin = intAttribute(node, "sampling_ratio", 0);
  const scale = floatAttribute(node, "spatial_scale", 1);
  if (mode !== "avg" && mode !== "max") throw misfit(node, `mode expected avg or max, got ${quoted(mode)}`);
  if (rows < 1 || columns < 1 || perBin < 0)
    throw misfit(
      node,
      `expected an output from 1 by 1 and a sampling_ratio from 0, got ${rows} by ${columns} and ${perBin}`,
    );
  const isShifted = transformation === "half_pixel";
  const samplesOf = (from: number, to: number, bins: number, size: number): Samples => {
    const offset = isShifted ? 0.5 : 0;
    const start = from * scale - offset;
    const length = isShifted ? to * scale - offset - start : Math.max(to * scale - offset - start, 1);
    return axisSamples(start, length, { bins, size, perBin });
  };
  return {
    run(inputs, context) {
      const [x, rois, batches] = [0, 1, 2].map((i) => required(node, inputs, i)) as [Value, Value, Value];
      assertRank(node, x, 4);
      const [items, channels, height, width] = x.shape as unknown as [number, number, number, number];
      const count = rois.shape[0] ?? 0;
      if (rois.shape.join() !== [count, 4].join() || batches.shape.join() !== [count].join())
        throw misfit(
          node,
          `expected regions [R, 4] and indices [R], got ${shapeText(rois.shape)} and ${shapeText(batches.shape)}`,
        );
      const item = indicesOf(node, batches, items);
      const output = context.output(x.type, [count, channels, rows, columns]);
      const [from, corners, to] = [floatsOf(node, x), floatsOf(node, rois), floatsOf(node, output)];
      for (let roi = 0, at = 0; roi < count; roi++) {
        const [left, top, right, bottom] = corners.subarray(4 * roi) as unknown as [number, number, number, number];
        const vertical = samplesOf(top, bottom, rows, height);
        const horizontal = samplesOf(left, right, columns, width);
        for (let channel = 0; channel < channels; channel++) {
          const start = (item[roi]! * channels + channel) * height * width;
          const plane = { from, start, width, vertical, horizontal, isMax: mode === "max" };
          for (let row = 0; row < rows; row++)
            for (let column = 0; column < columns; column++) to[at++] = binOf(plane, row, column);
        }
      }
      return [output];
    },
  };
};

function axisSamples(
  start: number,
  length: number,
  { bins, size, perBin: given }: { readonly bins: number; readonly size: number; readonly perBin: number },
): Samples {
  const perBin = given > 0 ? given : Math.max(0, Math.ceil(length / bins));
  if (!(perBin * bins <= 2 ** 24)) throw new RangeError(`a region of ${length} pixels is too large`);
  const count = bins * perBin;
  const [low, high, part] = [new Int32Array(count), new Int32Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const bin = Math.floor(i / perBin);
    const point = start + (length / bins) * (bin + ((i % perBin) + 0.5) / perBin);
    const inside = Math.max(0, point);
    low[i] = point < -1 || point > size || size === 0 ? -1 : Math.min(size - 1, Math.floor(inside));
    high[i] = Math.min(size - 1, low[i]! + 1);
    part[i] = low[i] === size - 1 ? 0 : inside - low[i]!;
  }
  return { perBin, low, high, part };
}

interface Plane {
  readonly from: Float32Array;
  readonly start: number;
  readonly width: number;
  readonly vertical: Samples;
  readonly horizontal: Samples;
  readonly isMax: boolean;
}

function binOf({ from, start, width, vertical, horizontal, isMax }: Plane, row: number, column: number): number {
  let [sum, most, count] = [0, Number.NEGATIVE_INFINITY, 0];
  for (let i = row * vertical.perBin; i < (row + 1) * vertical.perBin; i++) {
    for (let j = column * horizontal.perBin; j < (column + 1) * horizontal.perBin; j++, count++) {
      const [top, left] = [vertical.low[i]!, horizontal.low[j]!];
      if (top < 0 || left < 0) {
        most = Math.max(most, 0);
        continue;
      }
      const [upper, lower] = [start + top * width, start + vertical.high[i]! * width];
      const [down, right, far] = [vertical.part[i]!, horizontal.part[j]!, horizontal.high[j]!];
      const corners = [
        (1 - down) * (1 - right) * from[upper + left]!,
        (1 - down) * right * from[upper + far]!,
        down * (1 - right) * from[lower + left]!,
        down * right * from[lower + far]!,
      ] as const;
      sum += corners[0] + corners[1] + corners[2] + corners[3];
      most = Math.max(most, ...corners);
    }
  }
  if (count === 0) return 0;
  return isMax ? most : sum / count;
}
