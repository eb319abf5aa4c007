import { elementTypeOfCode, type ValueInfo } from "@deep-compression/network";
import type { ValueProto } from "./onnx-messages";

/** An input or output of a graph. Of a sequence, a map or strings there is no type; a shape need not be known. */
export function valueInfoOf({ name, type: kind }: ValueProto): ValueInfo {
  const type = elementTypeOfCode(kind?.tensor?.code ?? 0);
  const shape = kind?.tensor?.shape?.dimensions.map(({ size, parameter }) => dimensionOf(size, parameter));
  return { name, ...(type && { type }), ...(shape && { shape }) };
}

/** Neither a size nor a name, or a size that is none, such as -1: a dimension that nobody named, "". */
function dimensionOf(size: number | bigint | undefined, parameter: string): number | string {
  if (size === undefined) return parameter;
  return typeof size === "number" && size >= 0 && size < Number.MAX_SAFE_INTEGER ? size : "";
}
