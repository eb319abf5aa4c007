import type { Codes } from "@deep-compression/bits";
import type { ShapedWeight, StoredTensor, WeightSource } from "@deep-compression/inference";
import type { Graph, Network, Node } from "@deep-compression/network";
import { floatTensor } from "@deep-compression/network";
import { bitmask, type Layout, nonEmptyClasses, relativeIndex, scan, sparseVector } from "@deep-compression/sparse";
import type { StoredWeight } from "@deep-compression/tensor-codec";

export type Random = () => number;
export type Form = "raw" | "dense" | "gaps" | "gaps by column" | "bitmask" | "gaps in classes" | "bitmask in classes";
export const forms: readonly Form[] = [
  "raw",
  "dense",
  "gaps",
  "gaps by column",
  "bitmask",
  "gaps in classes",
  "bitmask in classes",
];

/** Which lines of a test's weights have scales. */
export type ScaledLines = "none" | "rows" | "columns" | "both";

/** A weight in a stored form, and the same values densely for the reference. */
export type TestWeight = StoredTensor & { readonly dense: Float32Array };

/** A weight of floats. */
type TestFloats = ShapedWeight & { readonly dense: Float32Array };

/** A tensor of int64, such as the target of a Reshape. */
export function integers(values: readonly number[]): TestWeight {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { type: "int64", shape: [values.length], bytes, dense: Float32Array.from(values) };
}

const size = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

/** A random weight of `density`, shared among `centroids` values, some of its rows and columns empty. */
export function randomWeight(
  random: Random,
  shape: readonly number[],
  options: {
    readonly form: Form;
    readonly density?: number;
    readonly centroids?: number;
    readonly scaled?: ScaledLines;
  },
): TestFloats {
  const { form, density = 0.3, centroids: count = 8 } = options;
  const values = [0, ...Array.from({ length: count - 1 }, () => random() * 2 - 1)];
  const centroids = Float32Array.from(values).sort();
  const zero = centroids.indexOf(0);
  const rows = shape.length > 1 ? shape[0] : 1;
  const columns = rows === 0 ? 0 : size(shape) / rows;
  const empty = { row: Math.floor(random() * rows * 2), column: Math.floor(random() * columns * 2) };
  const codes = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const isEmpty = Math.floor(i / columns) === empty.row || i % columns === empty.column;
    return isEmpty || random() >= density ? zero : Math.floor(random() * count);
  });
  const dense = Float32Array.from(codes, (code) => centroids[code]);
  const stored = storedAs(form, { rows, columns, codes, centroids });
  const { scaled = "none" } = options;
  if (stored.form === "raw" || scaled === "none") return { shape, dense, stored };
  const lines = (count: number) => Float32Array.from({ length: count }, () => 2 ** Math.floor(random() * 6 - 3));
  const scales = {
    ...(scaled !== "columns" && { rows: lines(rows) }),
    ...(scaled !== "rows" && { columns: lines(columns) }),
  };
  const product = (i: number) =>
    Math.fround((scales.rows?.[Math.floor(i / columns)] ?? 1) * (scales.columns?.[i % columns] ?? 1));
  return { shape, dense: dense.map((value, i) => product(i) * value), stored: { ...stored, scales } };
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly codes: Uint8Array;
  readonly centroids: Float32Array;
}

export function storedAs(form: Form, { rows, columns, codes, centroids }: Matrix): StoredWeight {
  const zero = centroids.indexOf(0);
  if (form === "raw") return { form, values: Float32Array.from(codes, (code) => centroids[code]) };
  if (form === "dense") return { form, codes, centroids };
  const nonEmpty = nonEmptyClasses({ rows, columns, dense: codes, zero });
  // In classes, the non-empty rows and columns are of three density classes each, as if they differed in density.
  const classes = (lines: Uint8Array) =>
    lines.map((one, i) => (form.endsWith("in classes") ? one * (3 - (i % 3)) : one));
  const layout: Layout = {
    rows,
    columns,
    order: form === "gaps by column" || form === "bitmask in classes" ? "column-major" : "row-major",
    rowClasses: classes(nonEmpty.rowClasses),
    columnClasses: classes(nonEmpty.columnClasses),
  };
  const vector = sparseVector<Codes>(scan<Codes>(layout, codes), { zero });
  if (form.startsWith("bitmask")) {
    return { form: "bitmask", layout, mask: bitmask<Codes>().encode(vector), centroids };
  }
  const gaps = relativeIndex<Codes>({ gapBits: 3, filler: zero }).encode(vector);
  return { form: "gaps", layout, gaps, centroids };
}

export interface TestNetwork {
  readonly graph: Graph;
  readonly weights: Readonly<Record<string, TestWeight>>;
}

export function sourceOf({ weights }: TestNetwork): WeightSource {
  return {
    weight(name) {
      if (!Object.hasOwn(weights, name)) throw new RangeError(`no weight "${name}"`);
      return weights[name];
    },
  };
}

export function denseNetworkOf({ graph, weights }: TestNetwork): Network {
  const tensors = Object.entries(weights).map(([name, { shape, dense }]) => floatTensor(name, shape, dense));
  return { graph, tensors };
}

/** A graph of one input "x" [N, ...item] through `nodes`; the last node's output is the graph's. */
export function graphOf(item: readonly number[], nodes: readonly Node[], opset = 13): Graph {
  const output = nodes[nodes.length - 1].outputs[0];
  return {
    opset,
    inputs: [{ name: "x", type: "float32", shape: ["N", ...item] }],
    outputs: [{ name: output, type: "float32", shape: ["N"] }],
    nodes,
  };
}

export function randomValues(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random() * 2 - 1);
}
