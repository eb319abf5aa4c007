import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";

/** Types whose elements are extended to 64 bits by their sign. */
export const SIGNED: ReadonlySet<ElementType> = new Set(["int8", "int16", "int32", "int64"]);

/** Bytes of what becomes one varint: an element; of types of fewer than eight bits the byte that two share; of 128 bits half an element. */
export function unitBytes(type: ElementType): number {
  return Math.min(64, Math.max(8, ELEMENT_TYPES[type].bits)) / 8;
}
