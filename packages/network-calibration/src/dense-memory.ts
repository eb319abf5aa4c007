import type { Tensor } from "@deep-compression/network";
import { bytesOfDenseLayer, type DenseLayer } from "./dense-layer";
import type { NamedTensors } from "./executor";
import type { Table } from "./find-layers";
import type { Layer } from "./layer";

/** The most that is kept: a network of a few hundred layers of a few hundred outputs. */
const MOST_BYTES = 2 ** 29;

/** What the dense network tells, kept from one calibration to the next. */
export interface DenseMemory {
  /** What is known of a layer, or else what `find` finds, which is kept. */
  layer(layer: Layer, find: () => DenseLayer): DenseLayer;
  /** The same of the indices that a table is asked for. */
  indices(table: Table, find: () => readonly Tensor[]): readonly Tensor[];
  /** What comes out, once all of the network has been asked: from then on it need not run. */
  finish(outputs: readonly NamedTensors[]): void;
  /** Those outputs; undefined as long as something is not known. */
  outputs(): readonly NamedTensors[] | undefined;
}

/** @param most bytes to keep: of a network that takes more nothing is */
export function denseMemory(most = MOST_BYTES): DenseMemory {
  const layers = new Map<Layer, DenseLayer>();
  const tables = new Map<Table, readonly Tensor[]>();
  let outputs: readonly NamedTensors[] | undefined;
  let bytes = 0;

  /** Keeps what was found while it is within the bytes. */
  function kept<Key, Value>(known: Map<Key, Value>, key: Key, value: Value, size: number): Value {
    bytes += size;
    if (bytes <= most) known.set(key, value);
    else for (const one of [layers, tables]) one.clear();
    return value;
  }
  return {
    layer(layer, find) {
      const known = layers.get(layer);
      if (known !== undefined) return known;
      const found = find();
      return kept(layers, layer, found, bytesOfDenseLayer(found));
    },
    indices(table, find) {
      const known = tables.get(table);
      if (known !== undefined) return known;
      const found = find();
      const size = found.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
      return kept(tables, table, found, size);
    },
    finish(made) {
      if (bytes <= most) outputs = made;
    },
    outputs: () => outputs,
  };
}
