import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";

/** The element types of safetensors that are ours too, by their names there (`Dtype` of the library, 0.8). */
const DTYPES: ReadonlyMap<ElementType, string> = new Map([
  ["bool", "BOOL"],
  ["uint8", "U8"],
  ["int8", "I8"],
  ["uint16", "U16"],
  ["int16", "I16"],
  ["uint32", "U32"],
  ["int32", "I32"],
  ["uint64", "U64"],
  ["int64", "I64"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float32", "F32"],
  ["float64", "F64"],
  ["complex64", "C64"],
  ["float8e4m3fn", "F8_E4M3"],
  ["float8e4m3fnuz", "F8_E4M3FNUZ"],
  ["float8e5m2", "F8_E5M2"],
  ["float8e5m2fnuz", "F8_E5M2FNUZ"],
  ["float8e8m0", "F8_E8M0"],
  ["float4e2m1", "F4"],
]);
const TYPE_OF_DTYPE: ReadonlyMap<string, ElementType> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Array.from(DTYPES, ([type, dtype]) => [dtype, type]),
);

/** Types of the library that no tensor of ours has, with their bits an element. */
const OTHER_BITS: ReadonlyMap<string, number> = new Map([
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
]);

/** The name of an element type, or undefined if safetensors has none for it. */
export function dtypeOf(type: ElementType): string | undefined {
  return DTYPES.get(type);
}

/** The element type of this name, or undefined. */
export function typeOfDtype(dtype: string): ElementType | undefined {
  return TYPE_OF_DTYPE.get(dtype);
}

/** Bits that an element takes, or undefined for a name that is not known. */
export function bitsOfDtype(dtype: string): number | undefined {
  const type = TYPE_OF_DTYPE.get(dtype);
  return type ? ELEMENT_TYPES[type].bits : OTHER_BITS.get(dtype);
}
