import { FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { isObject, type JsonObject } from "../json-text";
import type { GraphBuilder } from "./graph-builder";

/** A layer of Keras as it is called on values. */
export interface LayerCall {
  readonly name: string;
  readonly className: string;
  readonly config: JsonObject;
  /** Names of the values that it takes. */
  readonly inputs: readonly string[];
  readonly graph: GraphBuilder;
  /** Names of the tensors that are named after the layer. */
  readonly own: readonly string[];
  /** A weight of the layer, as a value. @throws FormatError for one that the model has not */
  weight(name: string): string;
  /** The same of a layer inside of this one, whose weights are named after both, or after this one alone. */
  inner(
    layer: { readonly name: string; readonly className: string; readonly config: JsonObject },
    inputs: readonly string[],
  ): LayerCall;
  /** What any layer makes. */
  call(layer: LayerCall): readonly string[];
}

/** What makes the outputs of a layer, by name; undefined for a layer that ONNX's operators cannot say. Sure before it adds a node. */
export type LayerTranslation = (layer: LayerCall) => readonly string[] | undefined;

export type LayerTable = Readonly<Record<string, LayerTranslation>>;

/** A whole number or a list of some, as a list of `count`; undefined for what is none. */
export function numbersOf(value: unknown, count: number): readonly number[] | undefined {
  const list = Array.isArray(value) ? value : new Array<unknown>(count).fill(value);
  return list.length === count && list.every((one) => Number.isSafeInteger(one)) ? list : undefined;
}

/** A name in a config, "hardSigmoid" as "hard_sigmoid". */
export function nameOf(value: unknown): string {
  const name = isObject(value) ? value.class_name : value;
  return typeof name === "string" ? name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, "_$&").toLowerCase() : "";
}

/** Whether a layer has its channels last, as it has unless it says otherwise. */
export function hasChannelsLast({ config }: Pick<LayerCall, "config">): boolean {
  return nameOf(config.data_format ?? "channels_last") === "channels_last";
}

export function missingWeight(layer: string, weight: string): FormatError {
  return new FormatError("invalid-table", `layer ${quoted(layer)} has no weight ${quoted(weight)}`, { offset: 0 });
}
