import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";

/** The least and the greatest integer of a type; bool has 0 and 1. */
export function integerLimits(type: ElementType): readonly [least: bigint, greatest: bigint] {
  if (type === "bool") return [0n, 1n];
  const bits = BigInt(ELEMENT_TYPES[type].bits);
  return type.startsWith("u") ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}
