/** How one element of a tensor is stored: ONNX's `TensorProto.DataType` code, and bits an element. */
export interface ElementTypeInfo {
  readonly code: number;
  readonly bits: number;
}

/**
 * The numeric element types of ONNX (`TensorProto.DataType`, onnx.proto). Types of fewer than eight bits are packed
 * two a byte, the first in the low half. Strings (code 8) are not numbers and have no place here.
 */
export const ELEMENT_TYPES = {
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
  float8e8m0: { code: 24, bits: 8 },
} as const satisfies Readonly<Record<string, ElementTypeInfo>>;

export type ElementType = keyof typeof ELEMENT_TYPES;

const TYPE_OF_CODE: ReadonlyMap<number, ElementType> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(ELEMENT_TYPES).map(([type, { code }]) => [code, type as ElementType]),
);

/** The element type with this ONNX code, or undefined if there is none (0, strings, codes of a later ONNX). */
export function elementTypeOfCode(code: number): ElementType | undefined {
  return TYPE_OF_CODE.get(code);
}

/** Bytes that `count` elements take: the last byte of a packed type may be half used. */
export function elementBytes(type: ElementType, count: number): number {
  return Math.ceil((ELEMENT_TYPES[type].bits * count) / 8);
}

/** Types whose elements are coded by the unsigned integer that their bits make. */
const BIT_PATTERNS: Partial<Record<ElementType, ElementType>> = {
  bool: "uint8",
  float8e4m3fn: "uint8",
  float8e4m3fnuz: "uint8",
  float8e5m2: "uint8",
  float8e5m2fnuz: "uint8",
  float8e8m0: "uint8",
  float4e2m1: "uint4",
};

/**
 * The type as whose numbers the elements of a type are coded (docs/format.md, "Elements of coded tensors"): its own, or of bool and
 * floats of 8 and 4 bits the unsigned integers of as many bits; undefined for complex numbers, which are not coded.
 */
export function numberType(type: ElementType): ElementType | undefined {
  return type === "complex64" || type === "complex128" ? undefined : (BIT_PATTERNS[type] ?? type);
}

/** Whether elements are floats of 16 bits or more, of which those of weights may lose something. */
export function isFloatType(type: ElementType): boolean {
  return type === "float32" || type === "float16" || type === "bfloat16" || type === "float64";
}
