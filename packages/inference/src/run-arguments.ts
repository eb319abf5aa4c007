import { elementCount } from "@deep-compression/bits";
import type { ElementType, ValueInfo } from "@deep-compression/network";
import { checkObject, quoted, quotedList, shapeText } from "@deep-compression/runtime";
import { arrayOf, type ElementArray, isValueType } from "./element-arrays";

/** A row-major array. */
export interface ShapedArray {
  /** Default: that of the array, or the one that the graph declares. Floats of 16 bits come and go as a Float32Array. */
  readonly type?: ElementType;
  readonly shape: readonly number[];
  readonly data: ElementArray;
}

export type NamedArrays = Readonly<Record<string, ShapedArray>>;

/** An input that fits what the graph declares. */
export interface CheckedArray {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ElementArray;
}

/**
 * The inputs in the order declared. The first dimension may be another than the declared one: it is the batch.
 *
 * @throws TypeError, RangeError naming the input and what was expected
 */
export function checkedInputs(declared: readonly ValueInfo[], given: NamedArrays): readonly CheckedArray[] {
  checkObject("inputs", given);
  const names = quotedList(declared.map(({ name }) => name));
  for (const name of Object.keys(given))
    if (!declared.some((input) => input.name === name))
      throw new RangeError(`input ${quoted(name)}: unknown, expected ${names || "none"}`);
  const symbols = new Map<string, number>();
  return declared.map((input) => {
    const array = Object.hasOwn(given, input.name) ? given[input.name] : undefined;
    if (array) return checkedInput(input, array, symbols);
    throw new RangeError(`input ${quoted(input.name)}: missing, expected ${names}`);
  });
}

function checkedInput(input: ValueInfo, array: ShapedArray, symbols: Map<string, number>): CheckedArray {
  const { shape, data } = array;
  const place = `input ${quoted(input.name)}`;
  if (!ArrayBuffer.isView(data) || !Array.isArray(shape))
    throw new TypeError(`${place}: expected { shape, data } of a list and a typed array`);
  const type = array.type ?? input.type ?? typeOfArray(data);
  if (type !== undefined && !isValueType(type)) throw new TypeError(`${place}: no value has the type ${quoted(type)}`);
  if (type === undefined || !(data instanceof arrayOf(type)))
    throw new TypeError(
      `${place}: expected data as ${arrayName(input.type ?? array.type)}, got ${data.constructor.name}`,
    );
  if (input.type !== undefined && type !== input.type)
    throw new TypeError(`${place}: expected ${input.type}, got ${type}`);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || !fits(input.shape, shape, symbols))
    throw new RangeError(`${place}: expected shape ${expectedShape(input.shape)}, got ${shapeText(shape)}`);
  if (data.length !== elementCount(shape))
    throw new RangeError(
      `${place}: expected ${elementCount(shape)} values for ${shapeText(shape)}, got ${data.length}`,
    );
  return { type, shape, data };
}

/** Whether a shape is as declared; a symbol other than that of the batch has one size throughout. */
function fits(declared: ValueInfo["shape"], shape: readonly number[], symbols: Map<string, number>): boolean {
  if (declared === undefined) return true;
  if (declared.length !== shape.length) return false;
  return declared.every((dimension, axis) => {
    if (typeof dimension === "number") return axis === 0 || dimension === shape[axis];
    if (dimension === "") return true;
    const size = symbols.get(dimension) ?? shape[axis]!;
    symbols.set(dimension, size);
    return size === shape[axis];
  });
}

function expectedShape(declared: ValueInfo["shape"]): string {
  if (declared === undefined) return "of whole numbers from 0";
  const sizes = declared.map((size, axis) => (axis === 0 ? (typeof size === "string" && size) || "N" : size || "?"));
  const letters = new Set(sizes.filter((size) => typeof size === "string"));
  return letters.size === 0 ? shapeText(sizes) : `${shapeText(sizes)} for any ${[...letters].join(", ")}`;
}

function typeOfArray(data: ElementArray): ElementType | undefined {
  const types: readonly ElementType[] = [
    "float32",
    "float64",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
  ];
  return types.find((type) => data instanceof arrayOf(type));
}

function arrayName(type: ElementType | undefined): string {
  return type === undefined || !isValueType(type) ? "a typed array of numbers" : `a ${arrayOf(type).name} of ${type}`;
}
