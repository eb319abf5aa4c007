import { FormatError, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, type ElementType } from "./element-types";
import { elementReader, elementsOfValues } from "./element-values";

const BYTES = ["uint8", "int8"] as const;
const WORDS = [...BYTES, "uint16", "int16"] as const;

/** The types in which the elements of another may be stored (docs/format.md, "Narrowed sections"), the narrowest first. */
const NARROWER_TYPES: Partial<Record<ElementType, readonly ElementType[]>> = {
  float64: [...WORDS, "float16", "bfloat16", "uint32", "int32", "float32"],
  float32: [...WORDS, "float16", "bfloat16"],
  float16: BYTES,
  bfloat16: BYTES,
  int64: [...WORDS, "uint32", "int32"],
  int32: WORDS,
  int16: BYTES,
  uint64: ["uint8", "uint16", "uint32"],
  uint32: ["uint8", "uint16"],
  uint16: ["uint8"],
};

/** The types in which the elements of a type may be stored, the narrowest first; none for most. */
export function narrowerTypes(type: ElementType): readonly ElementType[] {
  return NARROWER_TYPES[type] ?? [];
}

/** Elements that are converted together. */
const BLOCK_ELEMENTS = 4096;

/** Whether a type has a number, the sign of a zero with it. */
const HOLDERS: Partial<Record<ElementType, (value: number) => boolean>> = {
  uint8: (value) => isWhole(value, 0, 2 ** 8),
  int8: (value) => isWhole(value, -(2 ** 7), 2 ** 7),
  uint16: (value) => isWhole(value, 0, 2 ** 16),
  int16: (value) => isWhole(value, -(2 ** 15), 2 ** 15),
  uint32: (value) => isWhole(value, 0, 2 ** 32),
  int32: (value) => isWhole(value, -(2 ** 31), 2 ** 31),
  float16: (value) => fromFloat16(toFloat16(value)) === value && Number.isFinite(value),
  float32: (value) => Math.fround(value) === value && Number.isFinite(value),
};

function isWhole(value: number, least: number, beyond: number): boolean {
  return value >= least && value < beyond && Number.isInteger(value) && !Object.is(value, -0);
}

function holderOf(type: ElementType): (value: number) => boolean {
  if (type !== "bfloat16") return HOLDERS[type]!;
  const scratch = new DataView(new ArrayBuffer(4));
  return (value) => {
    scratch.setFloat32(0, value);
    return scratch.getUint16(2) === 0 && scratch.getFloat32(0) === value && Number.isFinite(value);
  };
}

/** The elements of a type in a narrower one, `to`, which is one of {@link narrowerTypes}; undefined if one is not in it. */
export function narrowElements(
  elements: Uint8Array,
  { type, to }: { readonly type: ElementType; readonly to: ElementType },
): Uint8Array | undefined {
  const [read, holds] = [elementReader(type), holderOf(to)];
  const view = new DataView(elements.buffer, elements.byteOffset, elements.byteLength);
  const count = (8 * elements.length) / ELEMENT_TYPES[type].bits;
  const size = ELEMENT_TYPES[to].bits / 8;
  // Most elements that do not fit are found in the first block.
  let narrow: Uint8Array | undefined;
  for (let start = 0; start < count; start += BLOCK_ELEMENTS) {
    const values = new Float64Array(Math.min(BLOCK_ELEMENTS, count - start));
    for (let i = 0; i < values.length; i++) {
      const value = read(view, start + i);
      if (!holds(value)) return undefined;
      values[i] = value;
    }
    narrow ??= new Uint8Array(count * size);
    narrow.set(elementsOfValues(to, values), start * size);
  }
  return narrow ?? new Uint8Array(0);
}

/**
 * The mirror of {@link narrowElements}.
 *
 * @throws FormatError "out-of-range" if the elements of the type are not stored in the other, or for a number that it lacks, as one
 * that is not finite
 */
export function widenElements(
  elements: Uint8Array,
  { type, from }: { readonly type: ElementType; readonly from: ElementType },
): Uint8Array {
  const read = elementReader(from);
  const view = new DataView(elements.buffer, elements.byteOffset, elements.byteLength);
  const count = (8 * elements.length) / ELEMENT_TYPES[from].bits;
  const size = ELEMENT_TYPES[type].bits / 8;
  const wide = new Uint8Array(count * size);
  for (let start = 0; start < count; start += BLOCK_ELEMENTS) {
    const values = Float64Array.from({ length: Math.min(BLOCK_ELEMENTS, count - start) }, (_, i) =>
      read(view, start + i),
    );
    wide.set(elementsOfValues(type, values), start * size);
  }
  return wide;
}

/** @throws FormatError "out-of-range" if elements of the type are not stored in the other */
export function checkNarrower(type: ElementType, from: ElementType | undefined): asserts from is ElementType {
  if (from !== undefined && narrowerTypes(type).includes(from)) return;
  throw new FormatError("out-of-range", `${type} is not stored in ${from ?? "an unknown type"}`, { offset: 0 });
}
