import { elementCount, FormatError, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { type ElementType, elementBytes, numberType } from "./element-types";
import { floatValues, type Tensor } from "./tensor";

const TWO_POW_32 = 2 ** 32;

/** Reads element `i`, packed little-endian; {@link elementReader} has bfloat16. */
const ELEMENT_READERS: Partial<Record<ElementType, (view: DataView, i: number) => number>> = {
  bool: (view, i) => view.getUint8(i),
  uint4: (view, i) => (view.getUint8(i >>> 1) >> (4 * (i & 1))) & 15,
  int4: (view, i) => (view.getUint8(i >>> 1) << (28 - 4 * (i & 1))) >> 28,
  uint8: (view, i) => view.getUint8(i),
  int8: (view, i) => view.getInt8(i),
  uint16: (view, i) => view.getUint16(2 * i, true),
  int16: (view, i) => view.getInt16(2 * i, true),
  uint32: (view, i) => view.getUint32(4 * i, true),
  int32: (view, i) => view.getInt32(4 * i, true),
  uint64: (view, i) => view.getUint32(8 * i + 4, true) * TWO_POW_32 + view.getUint32(8 * i, true),
  int64: (view, i) => view.getInt32(8 * i + 4, true) * TWO_POW_32 + view.getUint32(8 * i, true),
  float16: (view, i) => fromFloat16(view.getUint16(2 * i, true)),
  float32: (view, i) => view.getFloat32(4 * i, true),
  float64: (view, i) => view.getFloat64(8 * i, true),
};

/**
 * What reads element `i` of a type as a number, exactly but for integers beyond 2^53, which are rounded.
 *
 * @throws TypeError for floats of 8 and 4 bits and complex numbers
 */
export function elementReader(type: ElementType): (view: DataView, i: number) => number {
  const read = ELEMENT_READERS[type];
  if (read !== undefined) return read;
  if (type !== "bfloat16") {
    throw new TypeError(`type: expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`);
  }
  const scratch = new DataView(new ArrayBuffer(4));
  return (view, i) => {
    scratch.setUint16(0, view.getUint16(2 * i, true));
    return scratch.getFloat32(0);
  };
}

/**
 * The elements of a tensor as float32, row-major: of bool, of integers of any width and of floats of 16, 32 and 64 bits.
 * Those of up to 16 bits are exact, wider ones rounded.
 *
 * @throws TypeError for floats of 8 and 4 bits and complex numbers
 */
export function numericValues(tensor: Tensor): Float32Array {
  const { name, type, shape, bytes } = tensor;
  if (type === "float32") return floatValues(tensor); // not number by number, which may change the bits of a NaN
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(elementCount(shape));
  if (type === "bfloat16") {
    // The upper half of a float32.
    const bits = new Uint32Array(values.buffer);
    for (let i = 0; i < bits.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
    return values;
  }
  const read = ELEMENT_READERS[type];
  if (read === undefined) {
    throw new TypeError(`tensor ${quoted(name)}: expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`);
  }
  for (let i = 0; i < values.length; i++) values[i] = read(view, i);
  return values;
}

/** Writes element `i`, packed little-endian. */
const INTEGER_WRITERS: Partial<Record<ElementType, (view: DataView, i: number, value: number) => void>> = {
  uint4: writeHalf,
  int4: writeHalf,
  uint8: (view, i, value) => view.setUint8(i, value),
  int8: (view, i, value) => view.setInt8(i, value),
  uint16: (view, i, value) => view.setUint16(2 * i, value, true),
  int16: (view, i, value) => view.setInt16(2 * i, value, true),
  uint32: (view, i, value) => view.setUint32(4 * i, value, true),
  int32: (view, i, value) => view.setInt32(4 * i, value, true),
  uint64: (view, i, value) => {
    view.setUint32(8 * i, value % TWO_POW_32, true);
    view.setUint32(8 * i + 4, value / TWO_POW_32, true);
  },
  int64: (view, i, value) => {
    const high = Math.floor(value / TWO_POW_32);
    view.setUint32(8 * i, value - high * TWO_POW_32, true);
    view.setInt32(8 * i + 4, high, true);
  },
};

/** Half a byte, the first of two in the low one. */
function writeHalf(view: DataView, i: number, value: number): void {
  const at = i >>> 1;
  view.setUint8(at, view.getUint8(at) | ((value & 15) << (4 * (i & 1))));
}

/** The least whole number of a type, and the first above its greatest. */
const WHOLE_NUMBERS: Partial<Record<ElementType, readonly [least: number, beyond: number]>> = {
  uint4: [0, 2 ** 4],
  int4: [-(2 ** 3), 2 ** 3],
  uint8: [0, 2 ** 8],
  int8: [-(2 ** 7), 2 ** 7],
  uint16: [0, 2 ** 16],
  int16: [-(2 ** 15), 2 ** 15],
  uint32: [0, 2 ** 32],
  int32: [-(2 ** 31), 2 ** 31],
  uint64: [0, 2 ** 64],
  int64: [-(2 ** 63), 2 ** 63],
};

/**
 * The mirror of {@link numericValues}: numbers as the elements of a type, packed little-endian (docs/format.md, "Elements of coded
 * tensors"). Floats are rounded to the nearest, ties to even; all others must be there.
 *
 * @throws FormatError "out-of-range" for a number that is not finite as one of the type, a fraction or a -0 among integers
 * @throws TypeError for complex numbers
 */
export function elementsOfValues(type: ElementType, values: Float32Array | Float64Array): Uint8Array {
  const numbers = numberType(type);
  if (numbers === undefined) throw new TypeError(`type: expected numbers that are not complex, got ${type}`);
  const bytes = new Uint8Array(elementBytes(type, values.length));
  const view = new DataView(bytes.buffer);
  const refuse = (value: number) =>
    new FormatError("out-of-range", `${Object.is(value, -0) ? "-0" : value} is no ${type}`);
  const write = INTEGER_WRITERS[numbers];
  if (write !== undefined) {
    const [least, beyond] = WHOLE_NUMBERS[numbers]!;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isInteger(value) || value < least || value >= beyond || Object.is(value, -0)) throw refuse(value);
      write(view, i, value);
    }
    return bytes;
  }
  const scratch = new DataView(new ArrayBuffer(4));
  for (let i = 0; i < values.length; i++) {
    if (!writeFloat(view, { type: numbers, i, scratch }, values[i]!)) throw refuse(values[i]!);
  }
  return bytes;
}

/** Writes element `i` of a type of floats; whether it is finite. */
function writeFloat(
  view: DataView,
  { type, i, scratch }: { readonly type: ElementType; readonly i: number; readonly scratch: DataView },
  value: number,
): boolean {
  if (type === "float16") {
    const half = toFloat16(value);
    view.setUint16(2 * i, half, true);
    return (half & 0x7c00) !== 0x7c00;
  }
  if (type === "bfloat16") {
    const half = toBfloat16(value, scratch);
    view.setUint16(2 * i, half, true);
    return (half & 0x7f80) !== 0x7f80;
  }
  if (type === "float32") view.setFloat32(4 * i, value, true);
  else view.setFloat64(8 * i, value, true);
  return Number.isFinite(value);
}

/** The upper half of the float32 nearest to a number that ends in 16 zero bits, ties to even. */
function toBfloat16(value: number, scratch: DataView): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) / 0x10000) & 0xffff;
}

/** Each number as the nearest one of a type: what {@link elementsOfValues} makes of it. @throws as that */
export function valuesOfType(type: ElementType, values: Float32Array): Float32Array {
  return numericValues({ name: "", type, shape: [values.length], bytes: elementsOfValues(type, values) });
}
