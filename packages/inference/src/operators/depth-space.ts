import { intAttribute, misfit, type Node, stringAttribute } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type Operator, required } from "../operation";
import type { Value } from "../value";
import { assertRank } from "./operands";
import { permuted } from "./transpose";

/** Axes of a value seen as [N, block, block, C, H, W] or [N, C, block, block, H, W], in the order [N, C, H, block, W, block]. */
const ORDERS: Readonly<Record<string, readonly number[]>> = { DCR: [0, 3, 4, 1, 5, 2], CRD: [0, 1, 4, 2, 5, 3] };

/** DepthToSpace: channels become blocks of pixels. */
export const depthToSpace: Operator = ({ node }) => {
  const block = blockSize(node);
  const mode = stringAttribute(node, "mode", "DCR");
  if (!Object.hasOwn(ORDERS, mode)) throw misfit(node, `mode expected DCR or CRD, got ${quoted(mode)}`);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const [items, channels, height, width] = imageShape(node, x);
      const depth = channels / block ** 2;
      if (!Number.isInteger(depth)) throw misfit(node, `${channels} channels make no blocks of ${block} by ${block}`);
      const shape =
        mode === "DCR" ? [items, block, block, depth, height, width] : [items, depth, block, block, height, width];
      const moved = permuted(context, context.view(x, shape), ORDERS[mode]!);
      return [context.view(moved, [items, depth, height * block, width * block])];
    },
  };
};

/** SpaceToDepth: blocks of pixels become channels. */
export const spaceToDepth: Operator = ({ node }) => {
  const block = blockSize(node);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const [items, channels, height, width] = imageShape(node, x);
      const [rows, columns] = [height / block, width / block];
      if (!Number.isInteger(rows) || !Number.isInteger(columns))
        throw misfit(node, `shape ${shapeText(x.shape)} makes no blocks of ${block} by ${block}`);
      const blocks = context.view(x, [items, channels, rows, block, columns, block]);
      const moved = permuted(context, blocks, [0, 3, 5, 1, 2, 4]);
      return [context.view(moved, [items, channels * block ** 2, rows, columns])];
    },
  };
};

function blockSize(node: Node): number {
  const block = intAttribute(node, "blocksize", 0);
  if (block >= 1) return block;
  throw misfit(node, `blocksize expected from 1, got ${block}`);
}

function imageShape(node: Node, x: Value): readonly [number, number, number, number] {
  assertRank(node, x, 4);
  return x.shape as unknown as [number, number, number, number];
}
