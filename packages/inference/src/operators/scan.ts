import { intAttribute, intsAttribute, misfit, type Node } from "@deep-compression/network";
import { stridesOf } from "../broadcast";
import { copyPart } from "../copy-elements";
import { numberIn } from "../element-arrays";
import { axisOf, type Context, type Inputs, integersOf, type Operator, required, type Subprogram } from "../operation";
import type { Value } from "../value";
import { assertMayGoOn, declaredOutput } from "./control-flow";

/** A scan without a batch: how often its body runs, over what, and in which directions. */
interface Scan {
  readonly node: Node;
  readonly body: Subprogram;
  readonly context: Context;
  readonly states: readonly Value[];
  readonly sequences: readonly Value[];
  readonly length: number;
  /** By sequence; 1: from the end. */
  readonly inputDirections: readonly number[];
  readonly inputAxes: readonly number[];
  readonly outputDirections: readonly number[];
  readonly outputAxes: readonly number[];
}

/**
 * Scan: runs its body for each index of an axis of its inputs, with values that it hands on; gives those, and what each step made,
 * stacked. Before version 9 the first dimension of everything is a batch, whose items run one by one.
 */
export const scan: Operator = ({ node, opset, graph }) => {
  const body = graph("body");
  const count = intAttribute(node, "num_scan_inputs", 0);
  const given = opset < 9 ? node.inputs.length - 1 : node.inputs.length;
  if (
    count < 1 ||
    count > given ||
    body.inputs !== given ||
    body.outputs < Math.max(given - count, node.outputs.length)
  )
    throw misfit(
      node,
      `the body expected ${given} inputs, ${count} of them scanned, and ${node.outputs.length} outputs, got ${body.inputs} and ${body.outputs}`,
    );
  const stateCount = given - count;
  const madeCount = body.outputs - stateCount;
  const perInput = (name: string) => intsAttribute(node, name) ?? new Array<number>(count).fill(0);
  const perOutput = (name: string) => intsAttribute(node, name) ?? new Array<number>(madeCount).fill(0);
  const base = {
    node,
    body,
    inputDirections: perInput(opset < 9 ? "directions" : "scan_input_directions"),
    inputAxes: perInput("scan_input_axes"),
    outputDirections: perOutput("scan_output_directions"),
    outputAxes: perOutput("scan_output_axes"),
  };
  const lists = [base.inputDirections, base.inputAxes, base.outputDirections, base.outputAxes];
  if (lists.some(({ length }, i) => length !== (i < 2 ? count : madeCount)))
    throw misfit(node, `directions and axes expected one for each of ${count} scanned inputs and ${madeCount} outputs`);
  return {
    run(inputs, context) {
      if (opset < 9) return batched(inputs, { ...base, context, stateCount });
      const values = inputs.map((_, index) => required(node, inputs, index));
      const sequences = values.slice(stateCount);
      return scanned({
        ...base,
        context,
        states: values.slice(0, stateCount),
        sequences,
        length: lengthOf(base, sequences),
      });
    },
  };
};

/** How long all sequences are. @throws RangeError naming the node if they differ */
function lengthOf({ node, inputAxes }: Pick<Scan, "node" | "inputAxes">, sequences: readonly Value[]): number {
  const lengths = sequences.map(({ shape }, i) => shape[axisOf(node, inputAxes[i]!, shape.length)]!);
  if (lengths.every((length) => length === lengths[0])) return lengths[0]!;
  throw misfit(node, `sequences expected of one length, got ${lengths.join(", ")}`);
}

function scanned(scan: Scan): readonly Value[] {
  const { node, body, context, length, outputAxes, outputDirections } = scan;
  let states = scan.states;
  const results: Value[] = [];
  const roomFor = (i: number, { type, shape }: Pick<Value, "type" | "shape">) =>
    context.output(type, shape.toSpliced(axisOf(node, outputAxes[i]!, shape.length + 1), 0, length));
  for (let step = 0; step < length; step++) {
    assertMayGoOn(node, context);
    const parts = scan.sequences.map((value, i) => {
      const at = scan.inputDirections[i] === 1 ? length - 1 - step : step;
      return partAt(node, { context, value, axis: scan.inputAxes[i]!, at });
    });
    const made = context.runGraph(body, [...states, ...parts]);
    const next = made.slice(0, states.length);
    const kept = new Set(next.map(({ address }) => address));
    for (const [i, value] of made.slice(states.length).entries()) {
      results[i] ??= roomFor(i, value);
      const at = outputDirections[i] === 1 ? length - 1 - step : step;
      putAt(node, { value, result: results[i], axis: outputAxes[i]!, at });
    }
    for (const value of [...parts, ...states, ...made.slice(states.length)])
      if (!kept.has(value.address)) context.release(value);
    states = next;
  }
  for (let i = results.length; i < body.outputs - states.length; i++)
    results.push(roomFor(i, declaredOutput(node, body, states.length + i)));
  return [...states, ...results];
}

interface Taking {
  readonly context: Context;
  readonly value: Value;
  readonly axis: number;
  readonly at: number;
}

/** A copy of what lies at an index of an axis. */
function partAt(node: Node, { context, value, axis, at }: Taking): Value {
  const counted = axisOf(node, axis, value.shape.length);
  const part = context.output(value.type, value.shape.toSpliced(counted, 1));
  const strides = stridesOf(value.shape);
  copyPart(
    part.shape,
    { value, start: at * strides[counted]!, strides: strides.toSpliced(counted, 1) },
    { value: part },
  );
  return part;
}

interface Putting {
  readonly value: Value;
  readonly result: Value;
  readonly axis: number;
  readonly at: number;
}

function putAt(node: Node, { value, result, axis, at }: Putting): void {
  const counted = axisOf(node, axis, result.shape.length);
  const strides = stridesOf(result.shape);
  const rest = result.shape.toSpliced(counted, 1);
  if (value.type !== result.type || rest.join() !== value.shape.join())
    throw misfit(node, "outputs of the body expected of one shape and type in all steps");
  copyPart(rest, { value }, { value: result, start: at * strides[counted]!, strides: strides.toSpliced(counted, 1) });
}

/** The form of version 8: one scan for each item of the batch, as long as `sequence_lens` says; behind it lie zeros. */
function batched(
  inputs: Inputs,
  base: Omit<Scan, "states" | "sequences" | "length"> & { readonly stateCount: number },
): readonly Value[] {
  const { node, context, stateCount } = base;
  const [lengths, ...rest] = inputs;
  const values = rest.map((_, index) => required(node, inputs, index + 1));
  const batch = values[0]!.shape[0] ?? 0;
  const most = values[stateCount]!.shape[1] ?? 0;
  const each = lengths === undefined ? new Array<number>(batch).fill(most) : integersOf(node, lengths);
  if (
    batch === 0 ||
    each.length !== batch ||
    each.some((length) => length < 0 || length > most) ||
    values.some(({ shape }) => shape[0] !== batch)
  )
    throw misfit(node, `expected inputs of one batch from 1 and sequences of up to ${most}`);
  let results: Value[] = [];
  for (let item = 0; item < batch; item++) {
    const own = values.map((value) => partAt(node, { context, value, axis: 0, at: item }));
    const made = scanned({
      ...base,
      states: own.slice(0, stateCount),
      sequences: own.slice(stateCount),
      length: each[item]!,
    });
    if (item === 0)
      results = made.map(({ type, shape }, i) => {
        const result = context.output(type, i < stateCount ? [batch, ...shape] : [batch, most, ...shape.slice(1)]);
        result.data.fill(numberIn(result.data, 0));
        return result;
      });
    for (const [i, value] of made.entries()) {
      const result = results[i]!;
      result.data.set(value.data as never, (item * result.size) / batch);
    }
    for (const value of [...own, ...made]) context.release(value);
  }
  return results;
}
