import { quoted } from "@deep-compression/runtime";
import { isObject, type JsonObject } from "../json-text";
import { checkEnds, invalid } from "./graph-nodes";

/** An output of a layer: of its first call, its second, ... */
export interface LayerOutput {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** A layer of a model. */
export interface ModelLayer {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** If it is a model itself: what describes it. */
  readonly model?: JsonObject;
}

/** A call of a layer. */
export interface ModelCall {
  readonly layer: ModelLayer;
  readonly call: number;
  readonly inputs: readonly LayerOutput[];
}

/** The layers of a model, and which takes what of which. */
export interface ModelLayers {
  readonly layers: readonly ModelLayer[];
  readonly calls: readonly ModelCall[];
  readonly inputs: readonly LayerOutput[];
  readonly outputs: readonly LayerOutput[];
  /** Whether each layer takes what the one before makes. */
  readonly isSequential: boolean;
}

const MODELS: ReadonlySet<unknown> = new Set(["Model", "Functional", "Sequential"]);

/** What a model's configuration says of its layers. @throws FormatError for one that is none */
export function layersOf({ class_name: className, config }: JsonObject): ModelLayers {
  const list = isObject(config) ? config.layers : config;
  if (className === undefined) throw invalid("it is neither a graph nor a model of layers");
  if (!MODELS.has(className) || !Array.isArray(list))
    throw invalid(`a model of the class ${quoted(String(className))}, or of layers that are no list`);
  const layers = list.map(layerOf);
  const isUnique = new Set(layers.map(({ name }) => name)).size === layers.length;
  if (!isUnique) throw invalid("two layers of a model have one name");
  return className === "Sequential" || !isObject(config) ? sequential(layers) : functional(layers, list, config);
}

function layerOf(value: unknown): ModelLayer {
  if (
    !isObject(value) ||
    typeof value.class_name !== "string" ||
    (!isObject(value.config) && !Array.isArray(value.config))
  )
    throw invalid("a layer of the topology has no class or no configuration");
  const { class_name: className } = value;
  const config = isObject(value.config) ? value.config : {};
  const name = value.name ?? config.name;
  if (typeof name !== "string") throw invalid(`a layer ${quoted(className)} of the topology has no name`);
  return { name, className, config, ...(MODELS.has(className) && { model: value }) };
}

function sequential(layers: readonly ModelLayer[]): ModelLayers {
  const [first] = layers;
  if (first === undefined) throw invalid("a model without layers");
  const hasInput = first.className === "InputLayer";
  const at = (layer: ModelLayer, call: number): LayerOutput => ({ layer: layer.name, call, output: 0 });
  // The input of a model that tells its shape in its first layer: a call of that layer before the first.
  const input = at(first, hasInput ? 0 : -1);
  const calls = (hasInput ? layers.slice(1) : layers).map((layer, i, all): ModelCall => {
    return { layer, call: 0, inputs: [i === 0 ? input : at(all[i - 1]!, 0)] };
  });
  return { layers, calls, inputs: [input], outputs: [at(layers.at(-1)!, 0)], isSequential: true };
}

function functional(layers: readonly ModelLayer[], list: readonly unknown[], config: JsonObject): ModelLayers {
  const inputs = endsOf(config.input_layers);
  const outputs = endsOf(config.output_layers);
  const names = new Set(layers.map(({ name }) => name));
  for (const { layer } of [...inputs, ...outputs])
    if (!names.has(layer)) throw invalid(`the model has no layer ${quoted(layer)}, which is an end of it`);
  const calls = layers.flatMap((layer, i) => {
    const nodes = (list[i] as JsonObject).inbound_nodes;
    return (Array.isArray(nodes) ? nodes : []).map(
      (node, call): ModelCall => ({ layer, call, inputs: takenBy(layer, node) }),
    );
  });
  return { layers, calls, inputs, outputs, isSequential: false };
}

/** A list of ends, or one alone. */
function endsOf(value: unknown): readonly LayerOutput[] {
  const list = Array.isArray(value) && typeof value[0] === "string" ? [value] : value;
  if (!Array.isArray(list) || list.length === 0) throw invalid("a model without inputs or outputs");
  checkEnds(list.length);
  return list.map(outputOf);
}

function outputOf(value: unknown): LayerOutput {
  const [layer, call = 0, output = 0] = Array.isArray(value) ? value : [];
  if (typeof layer !== "string" || !Number.isSafeInteger(call) || !Number.isSafeInteger(output))
    throw invalid("a layer of the topology takes what is no output of a layer");
  return { layer, call, output };
}

/** What a call takes. @throws FormatError for one that is given more than outputs of layers */
function takenBy({ name }: ModelLayer, node: unknown): readonly LayerOutput[] {
  if (isObject(node)) return newerInputs(name, node);
  if (!Array.isArray(node)) throw invalid(`layer ${quoted(name)}: a call that is no list`);
  const list = typeof node[0] === "string" ? [node] : node;
  return list.map((one) => {
    const more = Array.isArray(one) ? one[3] : undefined;
    const named = isObject(more) ? Object.entries(more).filter(([, value]) => value !== null) : [];
    const [first] = named.filter(([key]) => key !== "training");
    if (first !== undefined)
      throw invalid(`layer ${quoted(name)}: is called with ${quoted(first[0])}, which is not known`);
    return outputOf(one);
  });
}

/** As Keras 3 tells it: tensors with the history of their making. */
function newerInputs(name: string, { args, kwargs }: JsonObject): readonly LayerOutput[] {
  const given = isObject(kwargs) ? Object.entries(kwargs).filter(([, value]) => value !== null && value !== false) : [];
  const [first] = given.filter(([key]) => key !== "training");
  if (first !== undefined)
    throw invalid(`layer ${quoted(name)}: is called with ${quoted(first[0])}, which is not known`);
  return [args]
    .flat(2)
    .map((one) => outputOf(isObject(one) && isObject(one.config) ? one.config.keras_history : undefined));
}

/** The calls of a model, each behind those that it takes from. @throws FormatError for calls that wait for each other */
export function callsInOrder({ calls }: ModelLayers): readonly ModelCall[] {
  const key = (layer: string, call: number) => JSON.stringify([layer, call]);
  const made = new Map(calls.map((one) => [key(one.layer.name, one.call), one]));
  const waiting = new Map<ModelCall, number>();
  const takers = new Map<ModelCall, ModelCall[]>();
  for (const one of calls) {
    const makers = one.inputs.flatMap(({ layer, call }) => made.get(key(layer, call)) ?? []);
    waiting.set(one, makers.length);
    for (const maker of makers) {
      const own = takers.get(maker);
      if (own === undefined) takers.set(maker, [one]);
      else own.push(one);
    }
  }
  const ordered = calls.filter((one) => waiting.get(one) === 0);
  // The list grows while it is gone through.
  for (const done of ordered) {
    for (const taker of takers.get(done) ?? []) {
      const left = waiting.get(taker)! - 1;
      waiting.set(taker, left);
      if (left === 0) ordered.push(taker);
    }
  }
  const stuck = calls.find((one) => waiting.get(one)! > 0);
  if (stuck !== undefined) throw invalid(`layer ${quoted(stuck.layer.name)}: takes of itself what it makes`);
  return ordered;
}
