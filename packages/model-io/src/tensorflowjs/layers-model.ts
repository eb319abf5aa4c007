import type { Graph, ValueInfo } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { isObject, type JsonObject } from "../json-text";
import { CONVOLUTION_LAYERS } from "./convolution-layers";
import { FOREIGN_DOMAIN, finishedGraph } from "./finish-graph";
import { GraphBuilder, type KnownTensors } from "./graph-builder";
import { invalid } from "./graph-nodes";
import { ACTIVATION_LAYERS } from "./layer-activations";
import { type LayerCall, type LayerTable, missingWeight } from "./layer-call";
import { callsInOrder, layersOf, type ModelLayer, type ModelLayers } from "./layers-topology";
import { PLAIN_LAYERS } from "./plain-layers";
import { RECURRENT_LAYERS } from "./recurrent-layers";
import { loadedWeight, type StoredWeight } from "./stored-weights";

const LAYERS: LayerTable = { ...PLAIN_LAYERS, ...ACTIVATION_LAYERS, ...CONVOLUTION_LAYERS, ...RECURRENT_LAYERS };

/** Most models inside one another. */
const MAX_DEPTH = 16;

/** What is the same throughout a model. */
interface Model {
  readonly graph: GraphBuilder;
  /** Weights by the names that layers have for them. */
  readonly weights: ReadonlyMap<string, StoredWeight>;
  readonly loaded: Map<string, string>;
  /** Names of the weights that are named after a layer. */
  readonly own: ReadonlyMap<string, readonly string[]>;
}

/**
 * The graph of a layers model in ONNX's operators. Values of its inputs and outputs have the names of their layers; a layer that cannot be
 * said in them stays a node of the domain "tensorflow".
 *
 * @throws FormatError for a topology that is none, and for layers without their weights
 */
export function graphOfLayersModel(
  topology: JsonObject,
  weights: ReadonlyMap<string, StoredWeight>,
  known: KnownTensors,
): Graph {
  const described = isObject(topology.model_config) ? topology.model_config : topology;
  const layers = layersOf(described);
  const inputs = layers.inputs.map(({ layer }) => inputInfo(layers, layer));
  const names = layers.outputs.map(({ layer }, i) => {
    const earlier = layers.outputs.slice(0, i).filter((other) => other.layer === layer).length;
    return earlier === 0 ? layer : `${layer}_${earlier}`;
  });
  const graph = new GraphBuilder(known, [...known.heads.keys(), ...names, ...inputs.map(({ name }) => name)]);
  for (const { name, shape } of inputs) graph.noteRank(name, shape?.length);
  const model = {
    graph,
    weights: namedByLayers(weights),
    loaded: new Map<string, string>(),
    own: weightsByLayer(weights),
  };
  const made = outputsOf(layers, { model, inputs: inputs.map(({ name }) => name), depth: 0 });
  const outputs = names.map((name): ValueInfo => ({ name }));
  return finishedGraph(graph, { inputs, outputs, made: made.map((name) => graph.plain(name)) });
}

function inputInfo({ layers, isSequential }: ModelLayers, name: string, depth = 0): ValueInfo {
  const layer = layers.find((one) => one.name === name)!;
  if (layer.model !== undefined && depth < MAX_DEPTH) {
    const inner = layersOf(layer.model);
    return inputInfo(inner, inner.inputs[0]!.layer, depth + 1);
  }
  const { batch_input_shape: given, batch_shape: newer, dtype = "float32" } = layer.config;
  const shape = [given, newer].find((one) => Array.isArray(one)) as readonly unknown[] | undefined;
  const sizes = shape?.map((size, axis) => (Number.isSafeInteger(size) ? (size as number) : axis === 0 ? "N" : ""));
  const type = dtype === "int32" ? "int32" : dtype === "bool" ? "bool" : "float32";
  // A Sequential has an input of its own before the layer that tells its shape.
  const isLayer = isSequential && layer.className !== "InputLayer";
  return { name: isLayer ? `${name}_input` : name, type, ...(sizes && { shape: sizes }) };
}

/**
 * Weights by "layer/weight": some models have names between the two, which TensorFlow.js leaves out where no layer has a weight of the
 * whole name.
 */
function namedByLayers(weights: ReadonlyMap<string, StoredWeight>): ReadonlyMap<string, StoredWeight> {
  const named = new Map(weights);
  for (const [name, weight] of weights) {
    const parts = name.split("/");
    const short = [...parts.slice(0, -2), ...parts.slice(-1)].join("/");
    if (!named.has(short)) named.set(short, weight);
  }
  return named;
}

/** Names of weights by what stands in front of their last part. */
function weightsByLayer(weights: ReadonlyMap<string, StoredWeight>): ReadonlyMap<string, readonly string[]> {
  const byLayer = new Map<string, string[]>();
  for (const name of weights.keys()) {
    const layer = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    const own = byLayer.get(layer);
    if (own === undefined) byLayer.set(layer, [name]);
    else own.push(name);
  }
  return byLayer;
}

interface Run {
  readonly model: Model;
  /** Values of the model's inputs. */
  readonly inputs: readonly string[];
  readonly depth: number;
}

/** The values that the outputs of a model are. */
function outputsOf(layers: ModelLayers, run: Run): readonly string[] {
  const { model, inputs, depth } = run;
  const values = new Map<string, readonly string[]>();
  const key = (layer: string, call: number) => JSON.stringify([layer, call]);
  for (const [i, { layer, call }] of layers.inputs.entries()) values.set(key(layer, call), [inputs[i]!]);
  for (const { layer, call, inputs: taken } of callsInOrder(layers)) {
    if (values.has(key(layer.name, call))) continue;
    const given = taken.map((from) => {
      const value = values.get(key(from.layer, from.call))?.[from.output];
      if (value === undefined) throw invalid(`layer ${quoted(layer.name)}: takes what no layer makes`);
      return value;
    });
    values.set(key(layer.name, call), called(layer, given, { model, depth }));
  }
  return layers.outputs.map(({ layer, call, output }) => {
    const value = values.get(key(layer, call))?.[output];
    if (value === undefined) throw invalid(`the output of layer ${quoted(layer)} is made by no layer`);
    return value;
  });
}

function called(
  layer: ModelLayer,
  inputs: readonly string[],
  { model, depth }: Pick<Run, "model" | "depth">,
): readonly string[] {
  if (layer.model === undefined) return madeBy(callOf(layer, inputs, model));
  if (depth >= MAX_DEPTH) throw invalid(`models inside one another more than ${MAX_DEPTH} deep`);
  return outputsOf(layersOf(layer.model), { model, inputs, depth: depth + 1 });
}

/** @param prefix of the names of its weights */
function callOf(
  { name, className, config }: Pick<ModelLayer, "name" | "className" | "config">,
  inputs: readonly string[],
  model: Model,
): LayerCall {
  const { graph, weights, loaded } = model;
  graph.within(name);
  return {
    name,
    className,
    config,
    inputs,
    graph,
    own: model.own.get(name) ?? [],
    weight(own) {
      const full = `${name}/${own}`;
      const weight = weights.get(full);
      if (weight === undefined) throw missingWeight(name, own);
      const value = loaded.get(full) ?? loadedWeight(graph, weight);
      loaded.set(full, value);
      return value;
    },
    inner: (one, given) => callOf({ ...one, name: one.name === "" ? name : `${name}/${one.name}` }, given, model),
    call: madeBy,
  };
}

function madeBy(call: LayerCall): readonly string[] {
  const { className, graph, inputs, config } = call;
  const translation = Object.hasOwn(LAYERS, className) ? LAYERS[className] : undefined;
  const made = translation?.(call);
  if (made !== undefined) return made;
  const activations = { ...(typeof config.activation === "string" && { activation: config.activation }) };
  const values = [...inputs, ...call.own];
  return graph.addSeveral(className, values, { outputs: 1, attributes: activations, domain: FOREIGN_DOMAIN });
}
