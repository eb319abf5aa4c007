import {
  describeNode,
  type ElementType,
  elementTypeOfCode,
  intAttribute,
  misfit,
  type Node,
} from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { isBigArray, isValueType, numberIn } from "../element-arrays";
import { type Operator, required, type Site } from "../operation";
import type { Value } from "../value";
import { checkSameType } from "./element-kinds";
import { sizesOf } from "./operands";

/** The type that an attribute names by its code in ONNX. @throws TypeError naming the node for one that no value has */
export function typeAttribute(node: Node, name: string, fallback?: ElementType): ElementType {
  const code = intAttribute(node, name, 0);
  const type = code === 0 ? fallback : elementTypeOfCode(code);
  if (type !== undefined && isValueType(type)) return type;
  throw new TypeError(
    `${describeNode(node)}: ${name} expected floats of 16, 32 or 64 bits, bool or integers, got ${type ?? `code ${code}`}`,
  );
}

/** Constant: what its one attribute says. */
export const constant: Operator = (site) => {
  const value = site.tensor("value") ?? listed(site);
  return { run: () => [value] };
};

function listed({ node, keep }: Site): Value {
  const [[name, attribute] = ["", ""]] = Object.entries(node.attributes);
  const given = typeof attribute === "object" && "float" in attribute ? attribute.float : attribute;
  const floats = typeof given === "object" && "floats" in given ? given.floats : given;
  const list = [floats].flat();
  if (
    !/^value_(int|float)s?$/.test(name) ||
    !list.every((item) => typeof item === "number" || typeof item === "bigint")
  )
    throw misfit(node, `attribute ${quoted(name)}: expected a tensor, a number or a list of numbers`);
  const value = keep(name.startsWith("value_int") ? "int64" : "float32", name.endsWith("s") ? [list.length] : []);
  value.data.set((isBigArray(value.data) ? list.map(BigInt) : list) as never);
  return value;
}

/** ConstantOfShape: one number throughout. */
export const constantOfShape: Operator = ({ node, tensor }) => {
  const value = tensor("value");
  if (value !== undefined && value.size !== 1)
    throw misfit(node, `value expected one element, got shape ${shapeText(value.shape)}`);
  return {
    run(inputs, context) {
      const output = context.output(value?.type ?? "float32", sizesOf(node, required(node, inputs, 0)));
      output.data.fill((value?.data[0] ?? 0) as never);
      return [output];
    },
  };
};

/** Range: numbers from `start` to before `limit` by `delta`. */
export const range: Operator = ({ node }) => ({
  run(inputs, context) {
    const values = [0, 1, 2].map((index) => required(node, inputs, index));
    for (const value of values) checkSameType(node, values[0]!, value);
    if (values.some(({ size }) => size !== 1)) throw misfit(node, "start, limit and delta expected one number each");
    const [start, limit, delta] = values.map(({ data }) => data[0]!) as [number, number, number];
    if (Number(delta) === 0 || Number.isNaN(Number(delta)))
      throw misfit(node, `delta expected other than 0, got ${delta}`);
    const count = Math.max(0, Math.ceil(Number(limit - start) / Number(delta)));
    const output = context.output(values[0]!.type, [count]);
    const { data } = output;
    if (isBigArray(data)) {
      const [first, step] = [BigInt(start), BigInt(delta)];
      for (let i = 0; i < count; i++) data[i] = first + BigInt(i) * step;
    } else for (let i = 0; i < count; i++) data[i] = start + i * delta;
    return [output];
  },
});

/** EyeLike: ones on a diagonal, of the shape of its input. */
export const eyeLike: Operator = ({ node }) => {
  const offset = intAttribute(node, "k", 0);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const [rows, columns] = x.shape;
      if (rows === undefined || columns === undefined || x.shape.length > 2)
        throw misfit(node, `expected a matrix, got shape ${shapeText(x.shape)}`);
      const output = context.output(typeAttribute(node, "dtype", x.type), x.shape);
      const { data } = output;
      data.fill(numberIn(data, 0));
      for (let row = Math.max(0, -offset); row < Math.min(rows, columns - offset); row++)
        data[row * columns + row + offset] = numberIn(data, 1);
      return [output];
    },
  };
};
