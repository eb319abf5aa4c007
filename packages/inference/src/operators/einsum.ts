import { elementCount } from "@deep-compression/bits";
import { misfit, stringAttribute } from "@deep-compression/network";
import { stridesOf, walk } from "../broadcast";
import { isBigArray, type NumberArray } from "../element-arrays";
import { gemmScratch } from "../heap-kernels";
import { PRODUCT } from "../kernels.generated";
import { type Context, required, withKernels } from "../operation";
import type { Value } from "../value";
import { einsumEquation } from "./einsum-equation";
import { checkKind, checkSameType, kindOf, NUMBERS } from "./element-kinds";

/** A value and the index of each of its axes. */
interface Indexed {
  readonly value: Value;
  readonly indices: readonly string[];
}

type Sizes = ReadonlyMap<string, number>;

/** Einsum: operands are multiplied two at a time, as matrices, and what no later one and no result has is summed. */
export const einsum = /* @__PURE__ */ withKernels([PRODUCT], ({ node }) => {
  const equation = stringAttribute(node, "equation", "");
  return {
    run(inputs, context) {
      const values = inputs.map((_, index) => required(node, inputs, index));
      const [first] = values;
      if (first === undefined) throw misfit(node, "expected at least one input");
      checkKind(node, first, NUMBERS);
      for (const value of values) checkSameType(node, first, value);
      const { operands, result, sizes } = einsumEquation(
        node,
        equation,
        values.map(({ shape }) => shape),
      );
      let product: Indexed = { value: first, indices: operands[0]! };
      for (let i = 1; i < values.length; i++) {
        const later = new Set([...result, ...operands.slice(i + 1).flat()]);
        product = contracted(context, product, { value: values[i]!, indices: operands[i]! }, { sizes, later });
      }
      return [arranged(context, product, result, sizes)];
    },
  };
});

/** The product of two operands, summed over the indices that both have and nothing needs later. */
function contracted(
  context: Context,
  a: Indexed,
  b: Indexed,
  { sizes, later }: { readonly sizes: Sizes; readonly later: ReadonlySet<string> },
): Indexed {
  const [ofA, ofB] = [new Set(a.indices), new Set(b.indices)];
  const batch = [...ofA].filter((index) => ofB.has(index) && later.has(index));
  const summed = [...ofA].filter((index) => ofB.has(index) && !later.has(index));
  const rows = [...ofA].filter((index) => !ofB.has(index) && later.has(index));
  const columns = [...ofB].filter((index) => !ofA.has(index) && later.has(index));
  const left = arranged(context, a, [...batch, ...rows, ...summed], sizes);
  const right = arranged(context, b, [...batch, ...summed, ...columns], sizes);
  const indices = [...batch, ...rows, ...columns];
  const value = context.output(left.type, shapeOf(indices, sizes));
  const [count, m, n, k] = [batch, rows, columns, summed].map((list) => elementCount(shapeOf(list, sizes)));
  multiply(context, left, right, value, { count: count!, m: m!, n: n!, k: k! });
  return { value, indices };
}

/** `count` products of matrices [m x k] and [k x n]. */
function multiply(
  context: Context,
  a: Value,
  b: Value,
  c: Value,
  { count, m, n, k }: { readonly count: number; readonly m: number; readonly n: number; readonly k: number },
): void {
  if (c.size === 0) return;
  if (c.data instanceof Float32Array && k > 0) {
    const scratch = context.output("uint8", [gemmScratch(m, n, context.team.threads)]);
    for (let i = 0; i < count; i++) {
      const [from, by, to] = [a.address + 4 * i * m * k, b.address + 4 * i * k * n, c.address + 4 * i * m * n];
      context.kernels.gemm(m, n, k, from, k, 0, by, n, 0, to, n, 0, scratch.address);
    }
    return;
  }
  const [x, y, to] = [a.data as NumberArray, b.data as NumberArray, c.data as NumberArray];
  const add = productAdder(c);
  to.fill(zeroOf(c));
  for (let row = 0; row < count * m; row++) {
    const matrix = Math.floor(row / m) * k;
    for (let i = 0; i < k; i++) {
      const [factor, start] = [x[row * k + i]!, (matrix + i) * n];
      for (let j = 0; j < n; j++) to[row * n + j] = add(to[row * n + j]!, factor, y[start + j]!);
    }
  }
}

/** Adds a product to a sum; products of integers are exact before they wrap. Integers of 64 bits multiply as numbers do. */
function productAdder({ type, data }: Value): (sum: number, a: number, b: number) => number {
  if (kindOf(type) === "float" || isBigArray(data)) return (sum, a, b) => sum + a * b;
  return (sum, a, b) => sum + Math.imul(a, b);
}

/** An operand with its indices in an order, a repeated one along the diagonal, and summed over those that the order leaves out. */
function arranged(context: Context, { value, indices }: Indexed, order: readonly string[], sizes: Sizes): Value {
  const own = stridesOf(value.shape);
  const strideOf = (index: string) =>
    indices.reduce((sum, name, axis) => (name === index && value.shape[axis] !== 1 ? sum + own[axis]! : sum), 0);
  const left = [...new Set(indices)].filter((index) => !order.includes(index));
  const all = [...order, ...left];
  const shape = shapeOf(order, sizes);
  if (all.join() === indices.join() && left.length === 0 && elementCount(shape) === value.size)
    return context.view(value, shape);
  const result = context.output(value.type, shape);
  const [x, to] = [value.data as NumberArray, result.data as NumberArray];
  to.fill(zeroOf(value));
  const target = stridesOf(shape);
  const { length, steps, each } = walk(shapeOf(all, sizes), [
    all.map(strideOf),
    all.map((_, axis) => target[axis] ?? 0),
  ]);
  const [stepX, stepTo] = steps as [number, number];
  each((_, starts) => {
    for (let [n, i, k] = [0, ...starts] as [number, number, number]; n < length; n++, i += stepX, k += stepTo)
      to[k] = to[k]! + x[i]!;
  });
  return result;
}

function shapeOf(indices: readonly string[], sizes: Sizes): readonly number[] {
  return indices.map((index) => sizes.get(index)!);
}

function zeroOf({ data }: Value): number {
  return (isBigArray(data) ? 0n : 0) as number;
}
