import { elementCount } from "@deep-compression/bits";
import type { CodebookFit } from "@deep-compression/codebook";
import type { Network, Tensor } from "@deep-compression/network";
import {
  type BitmaskVector,
  bitmask,
  type GapVector,
  type Layout,
  relativeIndex,
  toRowMajor,
} from "@deep-compression/sparse";

/** Indices into a codebook. */
export type Codes = CodebookFit["codes"];

/** A weight tensor as a `.dcz` file holds it (docs/format.md, "Tensor forms"). A filler's code is the index of the centroid 0. */
export type StoredWeight =
  | { readonly form: "raw"; readonly values: Float32Array }
  | { readonly form: "dense"; readonly codes: Codes; readonly centroids: Float32Array }
  | {
      readonly form: "gaps";
      readonly layout: Layout;
      readonly gaps: GapVector<Codes>;
      readonly centroids: Float32Array;
    }
  | {
      readonly form: "bitmask";
      readonly layout: Layout;
      readonly mask: BitmaskVector<Codes>;
      readonly centroids: Float32Array;
    };

/** A stored weight and the shape of its tensor. */
export interface ShapedWeight {
  readonly shape: readonly number[];
  readonly stored: StoredWeight;
}

/** Where `prepare` takes the weights from. */
export interface WeightSource {
  /** @throws RangeError for a name that it does not know */
  weight(name: string): ShapedWeight;
}

/** The weights that are coded: position in the row-major tensor and code, one an entry, in the order they are stored. */
export interface Entries {
  readonly positions: Uint32Array;
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

/**
 * The coded entries of a stored weight, found without building the dense tensor: memory is proportional to the entries.
 *
 * @throws FormatError for gaps or a mask that do not decode, RangeError for sizes or codes that do not fit `shape`
 */
export function entriesOf(
  name: string,
  weight: ShapedWeight & { stored: { form: "dense" | "gaps" | "bitmask" } },
): Entries {
  const { shape, stored } = weight;
  const { positions, codes } = decodeEntries(stored);
  const size = elementCount(shape);
  if (stored.form === "dense" && codes.length !== size) throw sizeError(name, shape, codes.length);
  if (stored.form !== "dense" && stored.layout.rows * stored.layout.columns !== size)
    throw sizeError(name, shape, stored.layout.rows * stored.layout.columns);
  for (const code of codes)
    if (code >= stored.centroids.length)
      throw new RangeError(`weight "${name}": expected codes below ${stored.centroids.length}, got ${code}`);
  return { positions, codes, centroids: stored.centroids };
}

function decodeEntries(stored: Exclude<StoredWeight, { form: "raw" }>): Pick<Entries, "positions" | "codes"> {
  if (stored.form === "dense")
    return { positions: Uint32Array.from(stored.codes, (_, position) => position), codes: stored.codes };
  const sparse = stored.form === "gaps" ? decodeGaps(stored) : bitmask<Codes>().decode(stored.mask);
  return { positions: toRowMajor(stored.layout, sparse.positions), codes: sparse.values };
}

/** Without a centroid 0 there are no fillers: the filler is then a code that no entry has. */
function decodeGaps({ gaps, centroids }: StoredWeight & { form: "gaps" }) {
  const { gapBits, values } = gaps;
  const zero = centroids.indexOf(0);
  if (zero !== -1) return relativeIndex<Codes>({ gapBits, filler: zero }).decode(gaps);
  const wide = Uint16Array.from(values);
  const absent = Math.min(centroids.length, 0xffff);
  return relativeIndex<Codes>({ gapBits, filler: absent }).decode({ ...gaps, values: wide });
}

/**
 * All values of a constant, dequantized, that no product needs as a matrix: a bias, an operand of Add, the target of
 * Reshape. @throws as {@link entriesOf}
 */
export function constantValues(name: string, weight: ShapedWeight): Float32Array {
  const { shape, stored } = weight;
  if (stored.form === "raw") return rawValues(name, shape, stored.values);
  const { positions, codes, centroids } = entriesOf(name, { shape, stored });
  const values = new Float32Array(elementCount(shape));
  for (let i = 0; i < codes.length; i++) values[positions[i]] = centroids[codes[i]];
  return values;
}

/** The values of a raw weight. @throws RangeError if they do not fill `shape` */
export function rawValues(name: string, shape: readonly number[], values: Float32Array): Float32Array {
  if (values.length !== elementCount(shape)) throw sizeError(name, shape, values.length);
  return values;
}

function sizeError(name: string, shape: readonly number[], got: number): RangeError {
  return new RangeError(`weight "${name}": expected ${elementCount(shape)} values for shape [${shape}], got ${got}`);
}

/** The tensors of a network as raw weights: nothing sparse, nothing shared. @throws TypeError for types it cannot read */
export function denseWeights(network: Network): WeightSource {
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    weight(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new RangeError(`weight "${name}": the network has no tensor of this name`);
      return { shape: tensor.shape, stored: { form: "raw", values: tensorValues(tensor) } };
    },
  };
}

/** A numeric tensor as float32 values, rounded where its type is wider. */
function tensorValues(tensor: Tensor): Float32Array {
  const { bytes, type } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (count: number, value: (index: number) => number): Float32Array =>
    Float32Array.from({ length: count }, (_, index) => value(index));
  if (type === "float32") return read(bytes.length / 4, (i) => view.getFloat32(4 * i, true));
  if (type === "float64") return read(bytes.length / 8, (i) => view.getFloat64(8 * i, true));
  if (type === "int32") return read(bytes.length / 4, (i) => view.getInt32(4 * i, true));
  if (type === "int64") return read(bytes.length / 8, (i) => Number(view.getBigInt64(8 * i, true)));
  throw new TypeError(`weight "${tensor.name}": expected float32, float64, int32 or int64, got ${type}`);
}
