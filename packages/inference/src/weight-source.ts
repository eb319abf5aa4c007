import { type Codes, elementCount, FormatError } from "@deep-compression/bits";
import { type ElementType, floatValues, type Network, type Tensor } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { type CodedWeight, type StoredWeight, type WeightEntries, weightEntries } from "@deep-compression/tensor-codec";

/** A tensor of floats as it is stored: raw values, or codes and what they stand for. */
export interface ShapedWeight {
  readonly shape: readonly number[];
  /** Default: float32. Values of another type are among those of that type. */
  readonly type?: ElementType;
  readonly stored: StoredWeight;
}

/** A stored weight, or a tensor of any type as it is. */
export type StoredTensor = ShapedWeight | Omit<Tensor, "name">;

/** Where `prepare` takes the tensors from. `weight` throws for a name it does not know. */
export interface WeightSource {
  weight(name: string): StoredTensor;
}

/** A tensor under the name that messages give it. */
export interface NamedWeight extends ShapedWeight {
  readonly name: string;
}

/**
 * The coded entries of a weight, found without building the dense tensor: memory is proportional to the entries.
 *
 * @throws FormatError for gaps or a mask that do not decode
 * @throws RangeError for sizes or codes that do not fit `shape`
 */
export function entriesOf(name: string, shape: readonly number[], stored: CodedWeight): WeightEntries {
  checkSize(name, shape, "codes" in stored ? stored.codes.length : stored.layout.rows * stored.layout.columns);
  const entries = inWeight(name, () => weightEntries(stored));
  checkCodes(name, entries.codes, stored.centroids.length);
  return entries;
}

/** @throws RangeError for a code of no centroid */
function checkCodes(name: string, codes: Codes, size: number): Codes {
  const past = codes.findIndex((code: number) => code >= size);
  if (past < 0) return codes;
  throw new RangeError(`weight ${quoted(name)}: expected codes below ${size}, got ${codes[past]}`);
}

/** All values of a stored weight. @throws as {@link entriesOf} */
export function denseValues(name: string, { shape, stored }: ShapedWeight): Float32Array {
  if (stored.form === "raw") {
    checkSize(name, shape, stored.values.length);
    return stored.values;
  }
  const { centroids, scales } = stored;
  const { positions, codes } = "codes" in stored ? codesOf(name, shape, stored) : entriesOf(name, shape, stored);
  const values = new Float32Array(elementCount(shape));
  for (let i = 0; i < codes.length; i++) values[positions === undefined ? i : positions[i]!] = centroids[codes[i]!]!;
  if (scales !== undefined) scaleValues(values, scales);
  return values;
}

/** Each element times the scales of its row and its column. */
function scaleValues(values: Float32Array, { rows, columns }: NonNullable<CodedWeight["scales"]>): void {
  const width = columns?.length ?? values.length / (rows?.length ?? 1);
  for (let i = 0; i < values.length; i++)
    values[i]! *= Math.fround((rows?.[Math.floor(i / width)] ?? 1) * (columns?.[i % width] ?? 1));
}

/** The codes of a weight that has one an element. */
function codesOf(name: string, shape: readonly number[], stored: CodedWeight & { readonly codes: Codes }) {
  checkSize(name, shape, stored.codes.length);
  return { positions: undefined, codes: checkCodes(name, stored.codes, stored.centroids.length) };
}

/** @throws RangeError unless a weight has as many values as its shape asks for */
export function checkSize(name: string, shape: readonly number[], got: number): void {
  const expected = elementCount(shape);
  if (got === expected) return;
  throw new RangeError(`weight ${quoted(name)}: expected ${expected} values for shape ${shapeText(shape)}, got ${got}`);
}

/** Runs `run`; a FormatError from it comes with the name of the weight. */
function inWeight<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(cause.code, `weight ${quoted(name)}: ${cause.message}`, { tensor: name, cause });
  }
}

/** The tensors of a network as they are: nothing sparse, nothing shared. @throws RangeError in `weight` for a name that it has not */
export function denseWeights(network: Network): WeightSource {
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    weight(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new RangeError(`weight ${quoted(name)}: the network has no tensor of this name`);
      if (tensor.type !== "float32") return tensor;
      return { shape: tensor.shape, stored: { form: "raw", values: floatValues(tensor) } };
    },
  };
}
