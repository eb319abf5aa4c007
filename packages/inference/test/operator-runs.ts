import { denseWeights, OPERATORS, prepare, type ShapedArray, tensorOfArray } from "@deep-compression/inference";
import type { Attribute, ElementType, Graph, Node } from "@deep-compression/network";
import { expect } from "vitest";
import { arrayOf, isBigArray } from "../src/element-arrays";
import { prepareIn } from "../src/session";
import { movingMachine } from "./moving-heap";

/** An array of a type; booleans stand for 1 and 0. */
export function array(
  type: ElementType,
  shape: readonly number[],
  ...values: readonly (number | bigint | boolean)[]
): ShapedArray {
  const Elements = arrayOf(type);
  const data = new Elements(new ArrayBuffer(values.length * Elements.BYTES_PER_ELEMENT), 0, values.length);
  data.set((isBigArray(data) ? values.map(BigInt) : values.map(Number)) as never);
  return { type, shape, data };
}

const arrays =
  (type: ElementType) =>
  (shape: readonly number[], ...values: readonly (number | boolean)[]) =>
    array(type, shape, ...values);
export const floats = arrays("float32");
export const longs = arrays("int64");
export const bools = arrays("bool");

/** One node, what it is given and what must come of it. */
export interface OperatorTest {
  readonly op: string;
  readonly opset?: number;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly (ShapedArray | undefined)[];
  /** undefined: an output that nothing reads. */
  readonly outputs: readonly (ShapedArray | undefined)[];
}

const nameOf = (value: unknown, name: string) => (value === undefined ? "" : name);

/** The graph of a node whose inputs are the graph's, or tensors of the network. */
export function nodeGraph({ op, opset = 17, attributes = {}, inputs, outputs }: OperatorTest): Graph {
  const node: Node = {
    op,
    inputs: inputs.map((value, i) => nameOf(value, `in${i}`)),
    outputs: outputs.map((value, i) => nameOf(value, `out${i}`)),
    attributes,
  };
  const declared = inputs.flatMap((value, i) =>
    value === undefined ? [] : [{ name: `in${i}`, ...(value.type && { type: value.type }) }],
  );
  const given = outputs.flatMap((value, i) => (value === undefined ? [] : [{ name: `out${i}` }]));
  return { opset, inputs: declared, outputs: given, nodes: [node] };
}

function named(values: readonly (ShapedArray | undefined)[], prefix: string): Record<string, ShapedArray> {
  return Object.fromEntries(
    values.flatMap((value, i) => (value === undefined ? [] : [[`${prefix}${i}`, value] as const])),
  );
}

/** Runs a node with its inputs given to `run`. */
export function runNode(test: OperatorTest): Readonly<Record<string, ShapedArray>> {
  return prepare({ graph: nodeGraph(test) }, noWeights).run(named(test.inputs, "in"));
}

/** A source without tensors. */
export const noWeights = /* @__PURE__ */ denseWeights({ graph: undefined, tensors: [] });

/**
 * Holds a node against what must come of it: in a session that runs it twice, in the worst heap that there can be, and computed of
 * constants when a session is prepared.
 */
export function expectNode(test: OperatorTest): void {
  const graph = nodeGraph(test);
  const [inputs, expected] = [named(test.inputs, "in"), named(test.outputs, "out")];
  const session = prepare({ graph }, noWeights);
  for (const results of [session.run(inputs), session.run(inputs)]) expect(results).toEqual(expected);
  const moving = prepareIn(movingMachine(), { graph }, noWeights, { operators: OPERATORS });
  for (const results of [moving.run(inputs), moving.run(inputs)]) expect(results).toEqual(expected);
  if (Object.values(inputs).some(({ type }) => type === "int4" || type === "uint4")) return;
  const tensors = Object.entries(inputs).map(([name, value]) => tensorOfArray(name, value));
  const constants = { graph: { ...graph, inputs: [] }, tensors };
  const folded = prepareIn(movingMachine(), constants, denseWeights(constants), { operators: OPERATORS });
  for (const results of [folded.run({}), folded.run({})]) expect(results).toEqual(expected);
}
