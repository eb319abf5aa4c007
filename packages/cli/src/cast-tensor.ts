import { elementCount, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { type ElementType, elementBytes, type Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** Memory of each type that a npy file and a model's input may have; float16 as its bits. */
const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
} as const satisfies Partial<Record<ElementType, unknown>>;

type NumericType = keyof typeof ARRAYS;
type NumericArray = InstanceType<(typeof ARRAYS)[NumericType]>;

const FLOATS: readonly ElementType[] = ["float16", "float32", "float64"];

/**
 * The elements of a tensor as an array of their type, a copy; float16 as its bits.
 *
 * @throws TypeError for a type that is neither bool, an integer of 8 to 64 bits nor a float of 16 to 64 bits
 */
export function elementArray({ name, type, bytes }: Tensor): NumericArray {
  if (isNumeric(type)) return new ARRAYS[type](new Uint8Array(bytes).buffer);
  throw new TypeError(`${quoted(name)}: expected bool, integers or floats of 16, 32 or 64 bits, got ${type}`);
}

/** As {@link elementArray}, for what changes nothing in it: the tensor's own memory where that is aligned. */
export function elementView(tensor: Tensor): NumericArray {
  const { type, bytes } = tensor;
  if (!isNumeric(type) || bytes.byteOffset % ARRAYS[type].BYTES_PER_ELEMENT !== 0) return elementArray(tensor);
  return new ARRAYS[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length / ARRAYS[type].BYTES_PER_ELEMENT);
}

function isNumeric(type: ElementType): type is NumericType {
  return Object.hasOwn(ARRAYS, type);
}

/**
 * The same numbers in another type. Floats are rounded to the nearest of a narrower one, since numpy makes float64 of
 * all that it is not told about; nothing else may change.
 *
 * @throws RangeError that names the first element that the type has no place for; TypeError as {@link elementArray}
 */
export function castTensor(tensor: Tensor, type: ElementType): Tensor {
  if (tensor.type === type) return tensor;
  const length = elementCount(tensor.shape);
  const source = elementArray(tensor);
  const target = elementArray({ ...tensor, type, bytes: new Uint8Array(elementBytes(type, length)) });
  const mayRound = FLOATS.includes(tensor.type) && FLOATS.includes(type);
  for (let i = 0; i < length; i++) {
    const value = read(source, tensor.type, i);
    write(target, type, i, value);
    const written = read(target, type, i);
    if (mayRound && Number.isFinite(value) ? !Number.isFinite(written) : !isSame(value, written))
      throw new RangeError(
        `${quoted(tensor.name)}: ${tensor.type} ${value} at index ${i} is no ${type}; make the array as ${type}`,
      );
  }
  return { ...tensor, type, bytes: new Uint8Array(target.buffer) };
}

function read(array: NumericArray, type: ElementType, i: number): number | bigint {
  const element = array[i]!;
  return type === "float16" ? fromFloat16(Number(element)) : element;
}

function write(array: NumericArray, type: ElementType, i: number, value: number | bigint): void {
  if (array instanceof BigInt64Array || array instanceof BigUint64Array) array[i] = wholeNumber(value);
  else if (type === "bool") array[i] = Number(value) === 0 ? 0 : 1;
  else array[i] = type === "float16" ? toFloat16(Number(value)) : Number(value);
}

/** What is no whole number becomes another number: it is read again to see whether it was kept. */
function wholeNumber(value: number | bigint): bigint {
  return typeof value === "bigint" ? value : Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** Whether two are the same number, to the last bit of an integer; NaN is NaN, and 0 is -0. */
function isSame(a: number | bigint, b: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: it alone compares a number with a bigint, exactly
  return a == b || (Number.isNaN(a) && Number.isNaN(b));
}
