import {
  type ElementType,
  floatAttribute,
  intAttribute,
  misfit,
  type Node,
  stringAttribute,
} from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type Context, floatsOf, type Inputs, integersOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { type Activation, cellActivations } from "./cell-activations";

/** What a cell is made of for one direction. */
export interface CellParts {
  readonly node: Node;
  readonly hidden: number;
  readonly activations: readonly Activation[];
  /** Biases of the input's products, then of the state's: as many as rows of weights each. */
  readonly bias: Float32Array;
  /** One number an input gate, output gate and forget gate and hidden unit; none: zeros. */
  readonly peepholes: Float32Array | undefined;
  /** Holds what goes into an activation between bounds. */
  readonly clip: (x: number) => number;
}

/** One step of one direction for all items. */
export interface Step {
  readonly batch: number;
  /** Items whose sequence is not over. */
  readonly active: readonly boolean[];
  /** [batch][rows]: the products of the input, and its biases. */
  readonly gates: Float32Array;
  /** [batch][hidden]: the state before the step, to become that after it. */
  readonly state: Float32Array;
  readonly memory: Float32Array;
  /** Room of [batch][hidden], twice. */
  readonly room: readonly [Float32Array, Float32Array];
  /** Adds to columns of the gates the products of [batch][hidden] and rows of the state's weights. */
  addToGates(from: "state" | "room", firstRow: number, rows: number): void;
  /** Leaves the products of the state and rows of its weights in the second room. */
  multiplyIntoRoom(firstRow: number): void;
}

export interface Cell {
  /** Rows of weights a hidden unit. */
  readonly gates: number;
  readonly activations: readonly string[];
  /** Biases that are added to the input's products, and what a step does. */
  make(parts: CellParts): { readonly inputBias: Float32Array; advance(step: Step): void };
}

/** An operator that runs a cell along sequences, forwards, backwards or both ways. */
export function recurrent(cell: Cell): Operator {
  return ({ node, isRead }) => {
    const direction = stringAttribute(node, "direction", "forward");
    const directions = { forward: [false], reverse: [true], bidirectional: [false, true] }[direction];
    if (directions === undefined)
      throw misfit(node, `direction expected forward, reverse or bidirectional, got ${quoted(direction)}`);
    const activations = cellActivations(node, cell.activations, directions.length);
    const bound = floatAttribute(node, "clip", Number.POSITIVE_INFINITY);
    const clip = (x: number) => Math.max(-bound, Math.min(bound, x));
    return {
      run(inputs, context) {
        const layer = layerOf(node, inputs, cell, directions.length);
        const outputs = outputsOf(context, layer, isRead);
        const work = workOf(context, layer);
        for (const [index, isReversed] of directions.entries()) {
          const parts = partsOf(node, inputs, layer, index);
          const made = cell.make({ ...parts, activations: activations[index]!, clip });
          runDirection(context, layer, { inputs, work, outputs, index, isReversed }, made);
        }
        return [outputs.y, outputs.state, outputs.memory];
      },
    };
  };
}

interface Layer {
  readonly type: ElementType;
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  /** Rows of weights of a direction. */
  readonly rows: number;
  readonly directions: number;
  /** Whether items come before steps. */
  readonly batchFirst: boolean;
  readonly lengths: readonly number[];
}

function layerOf(node: Node, inputs: Inputs, cell: Cell, directions: number): Layer {
  const [x, w, r] = [required(node, inputs, 0), required(node, inputs, 1), required(node, inputs, 2)];
  const batchFirst = intAttribute(node, "layout", 0) !== 0;
  const [, rows = 0, size = 0] = w.shape;
  const hidden = rows / cell.gates;
  const [first = 0, second = 0, own] = x.shape;
  const [steps, batch] = batchFirst ? [second, first] : [first, second];
  expectShape(node, "W", w, [directions, cell.gates * intAttribute(node, "hidden_size", hidden), size]);
  expectShape(node, "R", r, [directions, rows, hidden]);
  expectShape(node, "X", x, [first, second, size]);
  if (own !== size) throw misfit(node, `X expected ${size} inputs, got ${shapeText(x.shape)}`);
  const { 4: sequenceLengths } = inputs;
  const lengths = sequenceLengths ? integersOf(node, sequenceLengths) : new Array<number>(batch).fill(steps);
  if (lengths.length !== batch || lengths.some((length) => !(length >= 0 && length <= steps)))
    throw misfit(node, `sequence_lens expected ${batch} numbers up to ${steps}`);
  const layer = { type: x.type, steps, batch, inputs: size, hidden, rows, directions, batchFirst, lengths };
  const { 3: bias, 5: state, 6: memory, 7: peepholes } = inputs;
  const states = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  if (bias) expectShape(node, "B", bias, [directions, 2 * rows]);
  if (state) expectShape(node, "initial_h", state, states);
  if (memory) expectShape(node, "initial_c", memory, states);
  if (peepholes) expectShape(node, "P", peepholes, [directions, 3 * hidden]);
  return layer;
}

function expectShape(node: Node, what: string, value: Value, shape: readonly number[]): void {
  floatsOf(node, value);
  if (value.shape.join() === shape.join()) return;
  throw misfit(node, `${what} expected shape ${shapeText(shape)}, got ${shapeText(value.shape)}`);
}

interface Outputs {
  readonly y: Value | undefined;
  readonly state: Value | undefined;
  readonly memory: Value | undefined;
}

function outputsOf(context: Context, layer: Layer, isRead: (output: number) => boolean): Outputs {
  const { type, steps, batch, hidden, directions, batchFirst } = layer;
  const all = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return {
    y: isRead(0) ? context.output(type, all) : undefined,
    state: isRead(1) ? context.output(type, last) : undefined,
    memory: isRead(2) ? context.output(type, last) : undefined,
  };
}

/** Room for the products of all inputs of a direction, and for one step. */
type Work = Readonly<Record<"products" | "gates" | "state" | "memory" | "first" | "second", Value>>;

function workOf(context: Context, { steps, batch, rows, hidden }: Layer): Work {
  const room = () => context.output("float32", [batch, hidden]);
  return {
    products: context.output("float32", [steps * batch, rows]),
    gates: context.output("float32", [batch, rows]),
    state: room(),
    memory: room(),
    first: room(),
    second: room(),
  };
}

function partsOf(node: Node, inputs: Inputs, { hidden, rows }: Layer, index: number) {
  const { 3: bias, 7: peepholes } = inputs;
  const part = (value: Value | undefined, length: number) =>
    value && floatsOf(node, value).slice(index * length, (index + 1) * length);
  return {
    node,
    hidden,
    bias: part(bias, 2 * rows) ?? new Float32Array(2 * rows),
    peepholes: part(peepholes, 3 * hidden),
  };
}

interface Direction {
  readonly inputs: Inputs;
  readonly work: Work;
  readonly outputs: Outputs;
  readonly index: number;
  readonly isReversed: boolean;
}

function runDirection(
  { kernels }: Context,
  layer: Layer,
  { inputs, work, outputs, index, isReversed }: Direction,
  { inputBias, advance }: ReturnType<Cell["make"]>,
): void {
  const { steps, batch, inputs: size, hidden, rows, directions, batchFirst, lengths } = layer;
  const [x, w, r, , , initialState, initialMemory] = inputs as readonly [Value, Value, Value, ...(Value | undefined)[]];
  const weights = w.address + 4 * index * rows * size;
  const { products } = work;
  const all = steps * batch;
  kernels.gemm(all, rows, size, x.address, size, 0, weights, size, 1, products.address, rows, 0, 0);
  const ofState = r.address + 4 * index * rows * hidden;
  const multiply = (from: Value, first: number, count: number, to: number, stride: number, accumulate: number) => {
    const part = ofState + 4 * first * hidden;
    kernels.gemm(batch, count, hidden, from.address, hidden, 0, part, hidden, 1, to, stride, accumulate, 0);
  };
  const place = (item: number) => (batchFirst ? item * directions + index : index * batch + item) * hidden;
  const [state, memory] = [work.state.data, work.memory.data] as [Float32Array, Float32Array];
  for (const [to, from] of [[state, initialState] as const, [memory, initialMemory] as const])
    for (let item = 0; item < batch; item++)
      for (let h = 0; h < hidden; h++)
        to[item * hidden + h] = from === undefined ? 0 : (from.data as Float32Array)[place(item) + h]!;
  const [gates, rooms] = [work.gates.data as Float32Array, [work.first.data, work.second.data]];
  const active = new Array<boolean>(batch).fill(true);
  const step: Step = {
    batch,
    active,
    gates,
    state,
    memory,
    room: rooms as [Float32Array, Float32Array],
    addToGates: (from, first, count) =>
      multiply(from === "state" ? work.state : work.first, first, count, work.gates.address + 4 * first, rows, 1),
    multiplyIntoRoom: (first) => multiply(work.state, first, hidden, work.second.address, hidden, 0),
  };
  const ready = products.data as Float32Array;
  const y = outputs.y?.data as Float32Array | undefined;
  for (let s = 0; s < steps; s++) {
    const times = lengths.map((length) => (s >= length ? s : isReversed ? length - 1 - s : s));
    for (let item = 0; item < batch; item++) {
      active[item] = s < lengths[item]!;
      const time = times[item]!;
      const from = (batchFirst ? item * steps + time : time * batch + item) * rows;
      for (let row = 0; row < rows; row++) gates[item * rows + row] = ready[from + row]! + inputBias[row]!;
    }
    advance(step);
    if (y === undefined) continue;
    for (let item = 0; item < batch; item++) {
      const time = times[item]!;
      const to = batchFirst
        ? ((item * steps + time) * directions + index) * hidden
        : ((time * directions + index) * batch + item) * hidden;
      if (active[item]) y.set(state.subarray(item * hidden, (item + 1) * hidden), to);
      else y.fill(0, to, to + hidden);
    }
  }
  for (const [value, from] of [[outputs.state, state] as const, [outputs.memory, memory] as const])
    for (let item = 0; value !== undefined && item < batch; item++)
      (value.data as Float32Array).set(from.subarray(item * hidden, (item + 1) * hidden), place(item));
}
