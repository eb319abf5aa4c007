import {
  bitReader,
  bitWriter,
  checkBitEnd,
  FormatError,
  gammaBits,
  readGamma,
  writeGamma,
} from "@deep-compression/bits";
import { type CentroidPrecision, floatBits, floatsOfBits, PRECISIONS } from "./centroid-precision";

/** Centroids as integers whose order is theirs, and how those are written (docs/format.md, "Codebook"). */
export interface Differences {
  /** How many low bits of every centroid are 0 and left out. */
  readonly zeroBits: number;
  /** Magnitudes of centroids without those bits; -1 less the magnitude of negative ones, -0 among them. Strictly ascending. */
  readonly keys: Float64Array;
  /** Order of the exponential Golomb code of the differences. */
  readonly order: number;
  /** Bytes of all of it. */
  readonly length: number;
}

/** The differences of centroids that the precision has, at least one, in the order that takes the fewest bits. */
export function differencesOf(centroids: Float32Array, precision: CentroidPrecision): Differences {
  const { magnitudeBits, fieldBits } = PRECISIONS[precision];
  const sign = 2 ** magnitudeBits;
  const bits = floatBits(centroids, precision);
  let all = sign;
  for (let i = 0; i < bits.length; i++) all |= bits[i]!;
  const zeroBits = Math.min(31 - Math.clz32(all & -all), magnitudeBits);
  const keys = new Float64Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const magnitude = (bits[i]! % sign) / 2 ** zeroBits;
    keys[i] = bits[i]! >= sign ? -1 - magnitude : magnitude;
  }
  const { order, codedBits } = bestOrder(keys, magnitudeBits);
  const firstBits = 1 + magnitudeBits - zeroBits;
  return { zeroBits, keys, order, length: Math.ceil((2 * fieldBits + firstBits + codedBits) / 8) };
}

/** The order in which the differences take the fewest bits, the lowest among equals. */
function bestOrder(keys: Float64Array, highest: number): { readonly order: number; readonly codedBits: number } {
  let best = { order: 0, codedBits: Number.POSITIVE_INFINITY };
  for (let order = 0; order <= highest; order++) {
    const codedBits = bitsInOrder(keys, order);
    if (codedBits < best.codedBits) best = { order, codedBits };
    // Once no difference reaches 2^order each takes 1 + order bits, and one more in every higher order.
    if (codedBits <= (keys.length - 1) * (1 + order)) break;
  }
  return best;
}

function bitsInOrder(keys: Float64Array, order: number): number {
  const unit = 2 ** order;
  let bits = (keys.length - 1) * order;
  for (let i = 1; i < keys.length; i++) bits += gammaBits(Math.floor((keys[i]! - keys[i - 1]! - 1) / unit) + 1);
  return bits;
}

/** Zero bits and order, the first key, then the differences, less one, in an exponential Golomb code. */
export function encodeDifferences({ zeroBits, keys, order }: Differences, precision: CentroidPrecision): Uint8Array {
  const { magnitudeBits, fieldBits } = PRECISIONS[precision];
  const writer = bitWriter();
  writer.write(zeroBits, fieldBits);
  writer.write(order, fieldBits);
  const [first = 0] = keys;
  writer.write(first < 0 ? 1 : 0, 1);
  writer.write(first < 0 ? -1 - first : first, magnitudeBits - zeroBits);
  for (let i = 1; i < keys.length; i++) {
    const more = keys[i]! - keys[i - 1]! - 1;
    writeGamma(writer, Math.floor(more / 2 ** order) + 1);
    writer.write(more % 2 ** order, order);
  }
  return writer.finish();
}

/** Differences as they were read, and the bytes that they took. */
export interface ReadDifferences extends Omit<Differences, "keys"> {
  readonly centroids: Float32Array;
}

/**
 * The mirror of {@link encodeDifferences}, of `count` centroids, at least one, at the start of the bytes.
 *
 * @throws FormatError "truncated"; "out-of-range" for a centroid that is not finite; "not-canonical" if a padding bit is set
 */
export function decodeDifferences(
  bytes: Uint8Array,
  options: { readonly count: number; readonly precision: CentroidPrecision; readonly baseOffset: number },
): ReadDifferences {
  const { count, precision, baseOffset: offset } = options;
  const { magnitudeBits, fieldBits, largest } = PRECISIONS[precision];
  const reader = bitReader(bytes, { baseOffset: offset });
  const zeroBits = reader.read(fieldBits);
  const order = reader.read(fieldBits);
  const limit = { maximum: 2 ** 32 - 1, code: "out-of-range", offset } as const;
  const bits = new Uint32Array(count);
  let key = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0) key += (readGamma(reader, limit) - 1) * 2 ** order + reader.read(order) + 1;
    else
      key = reader.read(1) === 1 ? -1 - reader.read(magnitudeBits - zeroBits) : reader.read(magnitudeBits - zeroBits);
    const magnitude = (key < 0 ? -1 - key : key) * 2 ** zeroBits;
    if (magnitude > largest) throw new FormatError("out-of-range", "a centroid is not finite", { offset });
    bits[i] = key < 0 ? magnitude + 2 ** magnitudeBits : magnitude;
  }
  const length = Math.ceil(reader.position / 8);
  checkBitEnd(bytes.subarray(0, length), reader.position, offset);
  return { zeroBits, order, length, centroids: floatsOfBits(bits, precision) };
}
