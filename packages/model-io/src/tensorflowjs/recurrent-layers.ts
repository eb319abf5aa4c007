import { isObject } from "../json-text";
import type { GraphBuilder } from "./graph-builder";
import { type LayerCall, type LayerTable, type LayerTranslation, nameOf } from "./layer-call";

/** An operator of ONNX that is a recurrent layer of Keras. */
interface Recurrence {
  readonly op: "LSTM" | "GRU" | "RNN";
  /** Where the parts of ONNX's weights stand among those of Keras. */
  readonly order: readonly number[];
  /** Its activations: of gates, of what comes in, of what goes out. */
  readonly activations: readonly ("gate" | "state")[];
}

const RECURRENCES: Readonly<Record<string, Recurrence>> = {
  // Keras: input, forget, cell, output; ONNX: input, output, forget, cell.
  LSTM: { op: "LSTM", order: [0, 3, 1, 2], activations: ["gate", "state", "state"] },
  GRU: { op: "GRU", order: [0, 1, 2], activations: ["gate", "state"] },
  SimpleRNN: { op: "RNN", order: [0], activations: ["state"] },
};

/** Activations of Keras that ONNX's recurrences have, by their names there. */
const ACTIVATIONS: Readonly<Record<string, string>> = {
  tanh: "Tanh",
  sigmoid: "Sigmoid",
  relu: "Relu",
  hard_sigmoid: "HardSigmoid",
  softsign: "Softsign",
  softplus: "Softplus",
};

/** What a recurrence makes: of each step, in the order of the steps, and at its end. */
interface Made {
  readonly sequence: string;
  readonly last: string;
  /** States at the end. */
  readonly states: readonly string[];
}

/** Whether ONNX's operator does what a layer does. */
function isPlain({ className, config, inputs }: LayerCall): boolean {
  const hasNames = ["activation", "recurrent_activation"].every(
    (name) => config[name] === undefined || Object.hasOwn(ACTIVATIONS, nameOf(config[name])),
  );
  const isKnown = Object.hasOwn(RECURRENCES, className) && inputs.length === 1 && hasNames;
  return isKnown && config.stateful !== true && config.reset_after !== true;
}

/** A layer of one direction over sequences [items, steps, channels]. */
function run(layer: LayerCall, isReverse: boolean): Made {
  const { graph, config, weight, inputs } = layer;
  const recurrence = RECURRENCES[layer.className]!;
  const { op, order } = recurrence;
  const [kernel, states] = [weight("kernel"), weight("recurrent_kernel")];
  const [units = 0] = graph.constantShape(states) ?? [];
  const zeros = graph.constant("float32", [order.length * units], new Array<number>(order.length * units).fill(0));
  const bias = config.use_bias === false ? zeros : inOrder(graph, weight("bias"), { order, units });
  const names = {
    gate: nameOf(config.recurrent_activation ?? "hard_sigmoid"),
    state: nameOf(config.activation ?? "tanh"),
  };
  const first = graph.integers([0]);
  const parameters = [
    ...[kernel, states].map((value) => {
      const rows = inOrder(graph, graph.add("Transpose", [value], { perm: [1, 0] }), { order, units });
      return graph.add("Unsqueeze", [rows, first]);
    }),
    graph.add("Unsqueeze", [graph.add("Concat", [bias, zeros], { axis: 0 }), first]),
  ];
  const steps = graph.add("Transpose", [inputs[0]!], { perm: [1, 0, 2] });
  const attributes = {
    hidden_size: units,
    direction: isReverse ? "reverse" : "forward",
    activations: { strings: recurrence.activations.map((kind) => ACTIVATIONS[names[kind]]!) },
  };
  const [all, ...ends] = graph.addSeveral(op, [steps, ...parameters], { outputs: op === "LSTM" ? 3 : 2, attributes });
  const sequence = graph.add("Transpose", [graph.add("Squeeze", [all!, graph.integers([1])])], { perm: [1, 0, 2] });
  const last = ends.map((value) => graph.noteRank(graph.add("Squeeze", [value, first]), 2));
  return { sequence: graph.noteRank(sequence, 3), last: last[0]!, states: last };
}

/** Rows in blocks of `units`, the blocks in another order. */
function inOrder(
  graph: GraphBuilder,
  rows: string,
  { order, units }: { readonly order: readonly number[]; readonly units: number },
): string {
  if (order.every((place, i) => place === i)) return rows;
  const lengths = graph.integers(order.map(() => units));
  const parts = graph.addSeveral("Split", [rows, lengths], { outputs: order.length, attributes: { axis: 0 } });
  return graph.add(
    "Concat",
    order.map((place) => parts[place]!),
    { axis: 0 },
  );
}

/** A sequence with its steps in reverse. */
function reversed(graph: GraphBuilder, sequence: string): string {
  const [last, beyond] = [graph.integers([-1]), graph.integers([-(2 ** 31)])];
  return graph.noteRank(graph.add("Slice", [sequence, last, beyond, graph.integers([1]), last]), 3);
}

const recurrent: LayerTranslation = (layer) => {
  if (!isPlain(layer)) return undefined;
  const { graph, config } = layer;
  const isReverse = config.go_backwards === true;
  const { sequence, last, states } = run(layer, isReverse);
  // Keras has the steps in the order in which it went through them.
  const output = config.return_sequences !== true ? last : isReverse ? reversed(graph, sequence) : sequence;
  return config.return_state === true ? [output, ...states] : [output];
};

const MERGES: Readonly<Record<string, (graph: GraphBuilder, both: readonly string[]) => string>> = {
  concat: (graph, both) => graph.add("Concat", both, { axis: -1 }),
  sum: (graph, both) => graph.add("Add", both),
  mul: (graph, both) => graph.add("Mul", both),
  ave: (graph, both) => graph.add("Mul", [graph.add("Add", both), graph.number(0.5)]),
};

/** The same layer in both directions. */
const bidirectional: LayerTranslation = (layer) => {
  const { config, graph, inputs } = layer;
  const one = config.layer;
  const merge = MERGES[nameOf(config.merge_mode ?? "concat")];
  const isOther = isObject(config.backward_layer) || inputs.length !== 1;
  if (!isObject(one) || !isObject(one.config) || merge === undefined || isOther) return undefined;
  const { config: own, class_name: className } = one;
  if (own.return_state === true || own.go_backwards === true || config.merge_mode === null) return undefined;
  const both = ["forward", "backward"].map((direction) =>
    layer.inner({ name: `${direction}_${String(own.name)}`, className: String(className), config: own }, inputs),
  );
  if (!both.every(isPlain)) return undefined;
  const [forward, backward] = both.map((each, i) => run(each, i === 1));
  const isSequence = own.return_sequences === true;
  const made = merge(graph, isSequence ? [forward!.sequence, backward!.sequence] : [forward!.last, backward!.last]);
  return [graph.noteRank(made, isSequence ? 3 : 2)];
};

/** The same layer at each step: of all items and steps at once. */
const timeDistributed: LayerTranslation = (layer) => {
  const { config, graph, inputs } = layer;
  const one = config.layer;
  const rank = graph.rankOf(inputs[0]);
  if (!isObject(one) || !isObject(one.config) || typeof one.class_name !== "string" || rank === undefined || rank < 2)
    return undefined;
  const shape = graph.add("Shape", [inputs[0]!]);
  const part = (from: string, start: number, end: number) =>
    graph.add("Slice", [from, graph.integers([start]), graph.integers([end])]);
  const all = graph.integers([-1]);
  const folded = graph.add("Reshape", [inputs[0]!, graph.add("Concat", [all, part(shape, 2, rank)], { axis: 0 })]);
  graph.noteRank(folded, rank - 1);
  const inner = layer.inner({ name: "", className: one.class_name, config: one.config }, [folded]);
  const [made, ...more] = layer.call(inner);
  const madeRank = graph.rankOf(made);
  if (made === undefined || more.length > 0 || madeRank === undefined) return undefined;
  const behind = part(graph.add("Shape", [made]), 1, madeRank);
  const sizes = graph.add("Concat", [part(shape, 0, 2), behind], { axis: 0 });
  return [graph.noteRank(graph.add("Reshape", [made, sizes]), madeRank + 1)];
};

/** Layers of sequences that go step by step. */
export const RECURRENT_LAYERS: LayerTable = {
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: recurrent,
  Bidirectional: bidirectional,
  TimeDistributed: timeDistributed,
};
