import { elementCount, FormatError } from "@deep-compression/bits";
import { type Network, numericValues } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import {
  type CodedWeight,
  dequantizeWeight,
  type StoredWeight,
  type WeightEntries,
  weightEntries,
} from "@deep-compression/tensor-codec";

/** A stored weight and the shape of its tensor. */
export interface ShapedWeight {
  readonly shape: readonly number[];
  readonly stored: StoredWeight;
}

/** Where `prepare` takes the weights from. `weight` throws for a name it does not know. */
export interface WeightSource {
  weight(name: string): ShapedWeight;
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
  const size = stored.centroids.length;
  const past = entries.codes.findIndex((code: number) => code >= size);
  if (past < 0) return entries;
  throw new RangeError(`weight ${quoted(name)}: expected codes below ${size}, got ${entries.codes[past]}`);
}

/** All values of a constant, such as a bias or an operand of Add. @throws as {@link entriesOf} */
export function constantValues(name: string, { shape, stored }: ShapedWeight): Float32Array {
  const values = inWeight(name, () => dequantizeWeight(stored));
  checkSize(name, shape, values.length);
  return values;
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

/**
 * The tensors of a network as raw weights: nothing sparse, nothing shared.
 *
 * @throws TypeError in `weight` for a type that has no float32 values, RangeError for a name that the network has not
 */
export function denseWeights(network: Network): WeightSource {
  const tensors = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    weight(name) {
      const tensor = tensors.get(name);
      if (!tensor) throw new RangeError(`weight ${quoted(name)}: the network has no tensor of this name`);
      return { shape: tensor.shape, stored: { form: "raw", values: numericValues(tensor) } };
    },
  };
}
