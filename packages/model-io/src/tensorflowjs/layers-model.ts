import { FormatError } from "@deep-compression/bits";
import type { Graph } from "@deep-compression/network";
import type { JsonObject } from "../json-text";
import type { KnownTensors } from "./graph-builder";
import type { StoredWeight } from "./stored-weights";

export function graphOfLayersModel(_: JsonObject, _w: ReadonlyMap<string, StoredWeight>, _k: KnownTensors): Graph {
  throw new FormatError("unsupported", "todo", { offset: 0 });
}
