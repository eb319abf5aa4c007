import { intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { floatsOf, type Inputs, type Operator, required, scalarOf } from "../operation";

/** A box as its lower and upper corner, and its area. */
type Box = readonly [top: number, left: number, bottom: number, right: number, area: number];

/** NonMaxSuppression: of each class the boxes of the best scores that do not overlap a better one by more than a threshold. */
export const nonMaxSuppression: Operator = ({ node }) => {
  const isCentered = intAttribute(node, "center_point_box", 0) === 1;
  return {
    run(inputs, context) {
      const [boxes, scores] = [required(node, inputs, 0), required(node, inputs, 1)];
      const [batch = 0, count = 0] = boxes.shape;
      const classes = scores.shape[1] ?? 0;
      if (boxes.shape.join() !== [batch, count, 4].join() || scores.shape.join() !== [batch, classes, count].join())
        throw misfit(
          node,
          `expected boxes [N, B, 4] and scores [N, C, B], got ${shapeText(boxes.shape)} and ${shapeText(scores.shape)}`,
        );
      const most = optionalScalar(node, inputs, 2, 0);
      const overlap = optionalScalar(node, inputs, 3, 0);
      const least = optionalScalar(node, inputs, 4, Number.NEGATIVE_INFINITY);
      const [corners, points] = [floatsOf(node, boxes), floatsOf(node, scores)];
      const selected: number[] = [];
      for (let item = 0; item < batch && most > 0; item++) {
        const own = Array.from({ length: count }, (_, i) => boxOf(corners, 4 * (item * count + i), isCentered));
        for (let one = 0; one < classes; one++) {
          const start = (item * classes + one) * count;
          const row = points.subarray(start, start + count);
          for (const box of bestBoxes(own, { scores: row, most, overlap, least })) selected.push(item, one, box);
        }
      }
      const output = context.output("int64", [selected.length / 3, 3]);
      output.data.set(selected.map(BigInt) as never);
      return [output];
    },
  };
};

function optionalScalar(node: Node, inputs: Inputs, index: number, fallback: number): number {
  const value = inputs[index];
  return value === undefined ? fallback : scalarOf(node, value);
}

function boxOf(data: Float32Array, at: number, isCentered: boolean): Box {
  const [a, b, c, d] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
  const [top, left, bottom, right] = isCentered
    ? [b - d / 2, a - c / 2, b + d / 2, a + c / 2]
    : [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
  return [top, left, bottom, right, (bottom - top) * (right - left)];
}

interface Limits {
  readonly scores: Float32Array;
  readonly most: number;
  readonly overlap: number;
  readonly least: number;
}

/** Indices of boxes, best first. */
function bestBoxes(boxes: readonly Box[], { scores, most, overlap, least }: Limits): readonly number[] {
  const order = boxes.map((_, i) => i).filter((i) => scores[i]! > least);
  order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const best: number[] = [];
  for (const candidate of order) {
    if (best.length >= most) break;
    if (best.every((box) => overlapOf(boxes[box]!, boxes[candidate]!) <= overlap)) best.push(candidate);
  }
  return best;
}

/** What two boxes share, of what they cover together. */
function overlapOf(a: Box, b: Box): number {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (height <= 0 || width <= 0) return 0;
  const shared = height * width;
  return shared / (a[4] + b[4] - shared);
}
