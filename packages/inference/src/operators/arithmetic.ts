import { describeNode, type ElementType } from "@deep-compression/network";
import { broadcastShape, broadcastStrides, walk } from "../broadcast";
import { isBigArray } from "../element-arrays";
import { type Operator, required } from "../operation";

/** What a binary operator does with two numbers, and with two integers of 64 bits. */
interface Binary {
  readonly numbers: (a: number, b: number) => number;
  readonly bigs?: (a: bigint, b: bigint) => bigint;
  /** Type of the result; default: that of the operands. */
  readonly result?: ElementType;
}

/** An operator of two values that broadcast. */
export function binary({ numbers, bigs, result }: Binary): Operator {
  return ({ node }) => ({
    run(inputs, context) {
      const [a, b] = [required(node, inputs, 0), required(node, inputs, 1)];
      if (a.type !== b.type) throw new TypeError(`${describeNode(node)}: expected two of ${a.type}, got ${b.type}`);
      const shape = broadcastShape(node, [a.shape, b.shape]);
      const output = context.output(result ?? a.type, shape);
      const path = walk(shape, [broadcastStrides(a.shape, shape), broadcastStrides(b.shape, shape)]);
      const [x, y, to] = [a.data, b.data, output.data];
      if (isBigArray(x)) {
        if (bigs === undefined) throw new TypeError(`${describeNode(node)}: ${a.type} is not taken`);
        apply(path, { x, y, to } as never, bigs as never);
      } else apply(path, { x, y, to } as never, numbers);
      return [output];
    },
  });
}

function apply(
  path: ReturnType<typeof walk>,
  { x, y, to }: { readonly x: Float32Array; readonly y: Float32Array; readonly to: Float32Array },
  combine: (a: number, b: number) => number,
): void {
  const { length, steps } = path;
  const [stepX, stepY] = steps as [number, number];
  path.each((at, starts) => {
    let [i, j] = starts as [number, number];
    for (let k = at; k < at + length; k++) {
      to[k] = combine(x[i]!, y[j]!);
      i += stepX;
      j += stepY;
    }
  });
}

export const add = /* @__PURE__ */ binary({ numbers: (a, b) => a + b, bigs: (a, b) => a + b });
export const sub = /* @__PURE__ */ binary({ numbers: (a, b) => a - b, bigs: (a, b) => a - b });
