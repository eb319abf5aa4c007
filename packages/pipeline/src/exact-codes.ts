import { allocateCodes, type Codes, elementCount } from "@deep-compression/bits";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  elementReader,
  numberType,
  numericValues,
  type Tensor,
} from "@deep-compression/network";
import { MAX_CENTROIDS, type SharedWeights } from "@deep-compression/tensor-codec";
import type { Declined } from "./declined";

/** The distinct elements of a tensor, ascending by the numbers that they are, and the code of each element. */
interface DistinctValues {
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

/**
 * The elements of a tensor as values that they share, none of which is lost, or why not: a number is not finite or no float32, zeros
 * have both signs, or there are more than codes can tell apart. Numbers of up to 16 bits are counted by their bits, so that a large
 * tensor is never held as float32.
 */
export function exactCodes(tensor: Tensor): SharedWeights | Declined {
  const type = numberType(tensor.type);
  if (type === undefined) return { kind: "type", reason: `${tensor.type}: complex numbers are not coded` };
  const { bits } = ELEMENT_TYPES[type];
  const found = bits <= 16 ? codesOfBits(tensor, type) : codesOfNumbers(tensor);
  if ("kind" in found) return found;
  return sharedWeightsOf(found, tensor.shape);
}

/** Elements of 4, 8 or 16 bits, each by itself. */
function bitsOf({ bytes, shape }: Tensor, bits: number): Uint8Array | Uint16Array {
  if (bits === 8) return bytes;
  if (bits === 16) {
    const { buffer, byteOffset, byteLength } = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
    return new Uint16Array(buffer, byteOffset, byteLength / 2);
  }
  const halves = new Uint8Array(elementCount(shape));
  for (let i = 0; i < halves.length; i++) halves[i] = (bytes[i >>> 1]! >>> (4 * (i & 1))) & 15;
  return halves;
}

function codesOfBits(tensor: Tensor, type: ElementType): DistinctValues | Declined {
  const { bits } = ELEMENT_TYPES[type];
  const elements = bitsOf(tensor, bits);
  // Bits behind the last half byte are kept too.
  if (bits === 4 && elements.length % 2 === 1 && tensor.bytes.at(-1)! >= 16) {
    return { kind: "no gain", reason: "the half byte behind the last element is not 0" };
  }
  const isUsed = new Uint8Array(2 ** bits);
  for (let i = 0; i < elements.length; i++) isUsed[elements[i]!] = 1;
  const used = Uint16Array.from(isUsed.keys()).filter((pattern) => isUsed[pattern] === 1);
  const values = valuesOfPatterns(type, used);
  const problem = whyNotCodes(values);
  if (problem !== undefined) return problem;
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  const codeOf = new Uint16Array(2 ** bits);
  for (const [code, i] of order.entries()) codeOf[used[i]!] = code;
  const codes = allocateCodes(used.length, elements.length);
  for (let i = 0; i < elements.length; i++) codes[i] = codeOf[elements[i]!]!;
  return { codes, centroids: values.sort() };
}

function valuesOfPatterns(type: ElementType, patterns: Uint16Array): Float32Array {
  const { bits } = ELEMENT_TYPES[type];
  const bytes = bits === 16 ? new Uint8Array(patterns.buffer) : new Uint8Array(elementBytes(type, patterns.length));
  if (bits === 8) bytes.set(patterns);
  if (bits === 4) for (const [i, pattern] of patterns.entries()) bytes[i >>> 1]! |= pattern << (4 * (i & 1));
  return numericValues({ name: "", type, shape: [patterns.length], bytes });
}

function whyNotCodes(values: Float32Array): Declined | undefined {
  const odd = values.find((value) => !Number.isFinite(value));
  if (odd !== undefined) return { kind: "not finite", reason: `an element is ${odd}: only finite weights are coded` };
  return values.filter((value) => value === 0).length < 2 ? undefined : BOTH_ZEROS;
}

/** Of 32 and 64 bits: those that are all float32 numbers, and of few values. */
function codesOfNumbers(tensor: Tensor): DistinctValues | Declined {
  const { bytes, shape, type } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = elementReader(type);
  const most = type === "float64" ? Number.POSITIVE_INFINITY : Number.MAX_SAFE_INTEGER; // integers beyond it are rounded as they are read
  const places = new Map<number, number>();
  const zeros = { positive: false, negative: false };
  const order = allocateCodes(MAX_CENTROIDS, elementCount(shape));
  for (let i = 0; i < order.length; i++) {
    const value = read(view, i);
    if (Math.fround(value) !== value || Math.abs(value) > most) {
      return {
        kind: "wide values",
        reason: `${type}: element ${i} is none of the numbers of float32, which codes tell`,
      };
    }
    if (value === 0) zeros[Object.is(value, -0) ? "negative" : "positive"] = true;
    const place = places.get(value) ?? places.size;
    if (place === MAX_CENTROIDS)
      return { kind: "many values", reason: "more than 65536 distinct values, zero included" };
    if (place === places.size) places.set(value, place);
    order[i] = place;
  }
  if (zeros.positive && zeros.negative) return BOTH_ZEROS;
  const centroids = Float32Array.from(places.keys(), (value) => (zeros.negative && value === 0 ? -0 : value)).sort();
  const codeOf = new Uint16Array(places.size);
  for (const [code, centroid] of centroids.entries()) codeOf[places.get(centroid)!] = code;
  const codes = allocateCodes(centroids.length, order.length);
  for (let i = 0; i < order.length; i++) codes[i] = codeOf[order[i]!]!;
  return { codes, centroids };
}

const BOTH_ZEROS: Declined = { kind: "signed zeros", reason: "holds both 0 and -0 (see negativeZero)" };

/** Of more elements positions take memory that matters; and they tell nothing where nearly all elements have a code. */
const MANY_ELEMENTS = 2 ** 22;
const MOSTLY_NON_ZERO = 3 / 4;

/** The positions of those that are not 0; of a large tensor only if those are few enough. */
function sharedWeightsOf({ codes, centroids }: DistinctValues, shape: readonly number[]): SharedWeights {
  const whole = { shape, codes, centroids, distortion: 0 };
  const zero = centroids.findIndex((centroid) => Object.is(centroid, 0));
  if (zero < 0) return whole;
  let kept = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) kept++;
  if (codes.length > MANY_ELEMENTS && kept >= MOSTLY_NON_ZERO * codes.length) return whole;
  const positions = new Uint32Array(kept);
  const own = allocateCodes(centroids.length - 1, kept);
  for (let i = 0, entry = 0; entry < kept; i++) {
    const code = codes[i]!;
    if (code === zero) continue;
    positions[entry] = i;
    own[entry++] = code < zero ? code : code - 1;
  }
  return { shape, positions, codes: own, centroids: centroids.filter((_, code) => code !== zero), distortion: 0 };
}
