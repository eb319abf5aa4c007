import type { ElementType } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";
import { cast } from "./translation";

/** A weight as its manifest tells it. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of what is stored. */
  readonly type: ElementType;
  /** What it is when it is used: "float32", "int32", ... */
  readonly dtype: string;
  /** Of codes: a value is min + code x scale. */
  readonly quantization?: { readonly min: number; readonly scale: number } | undefined;
}

/** The value that TensorFlow.js makes of a weight when it loads it: its codes as numbers, and half precision as single. */
export function loadedWeight(graph: GraphBuilder, weight: StoredWeight): string {
  const { name, shape, type, dtype, quantization } = weight;
  if (type === "float16") return graph.noteConstant(cast(graph, name, "float32"), shape);
  if (quantization === undefined) return type === "uint8" || type === "uint16" ? cast(graph, name, "int32") : name;
  return graph.noteConstant(dequantized(graph, weight, quantization, dtype === "int32"), shape);
}

function dequantized(
  graph: GraphBuilder,
  { name, type }: StoredWeight,
  { min, scale }: { readonly min: number; readonly scale: number },
  isWhole: boolean,
): string {
  const zero = zeroPoint(type, min, scale);
  if (zero !== undefined && !isWhole)
    return graph.add("DequantizeLinear", [name, graph.number(Math.fround(scale)), graph.number(zero, type)]);
  const codes = cast(graph, name, "float64");
  const scaled = graph.add("Mul", [codes, graph.number(scale, "float64")]);
  const values = graph.add("Add", [scaled, graph.number(min, "float64")]);
  return isWhole ? cast(graph, graph.add("Round", [values]), "int32") : cast(graph, values, "float32");
}

/** The code that stands for 0, if one does: then a value is (code - zero) x scale, but for the last bit. */
function zeroPoint(type: ElementType, min: number, scale: number): number | undefined {
  const zero = Math.round(-min / scale);
  const most = type === "uint8" ? 255 : 65535;
  const isExact = Math.abs(min + zero * scale) <= 2 ** -24 * Math.abs(scale);
  return isExact && zero >= 0 && zero <= most && Math.fround(scale) > 0 ? zero + 0 : undefined;
}

/** The whole numbers that a small weight holds when it is used; undefined for floats. */
export function wholeNumbers(
  { dtype, type, quantization }: StoredWeight,
  stored: ArrayLike<number>,
): readonly number[] | undefined {
  if (dtype !== "int32" || type === "float16") return undefined;
  const numbers = Array.from(stored);
  if (quantization === undefined) return numbers;
  return numbers.map((code) => Math.round(code * quantization.scale + quantization.min) + 0);
}
