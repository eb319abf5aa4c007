import { type ByteSource, openContainer } from "@deep-compression/container";
import { floatValues, type Graph, type Tensor } from "@deep-compression/network";
import { type Ledger, ledger } from "./ledger";
import { ledgerRow } from "./ledger-row";
import { readGraph } from "./read-graph";
import { checkClaims, checkedTensor, expandTensor, type ReadOptions, type StoredTensor } from "./stored-tensor";
import type { StoredWeight } from "./stored-weight";

/** A weight by name, in the form in which the file holds it; what `inference` runs from. */
export interface StoredWeights {
  /**
   * Tensors of other numeric types come as raw float32 values.
   *
   * @throws RangeError if there is no tensor of that name, TypeError if its type has no float32 values
   */
  weight(name: string): { readonly shape: readonly number[]; readonly stored: StoredWeight };
}

/** A file, opened to run from it. */
export interface OpenedWeights {
  readonly graph: Graph | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly weights: StoredWeights;
  /** Counted when it is asked for: that takes as long as decoding. */
  readonly ledger: Ledger;
}

/**
 * Reads and checks a whole `.dcz` file but builds no dense weight: codes, gaps, masks and codebooks as stored.
 *
 * @throws FormatError
 */
export async function openWeights(source: ByteSource, options: ReadOptions = {}): Promise<OpenedWeights> {
  const file = await openContainer(source);
  checkClaims(file.tensors, options);
  const graph = await readGraph(file);
  const tensors = new Map<string, StoredTensor>();
  for (const info of file.tensors) {
    tensors.set(info.name, checkedTensor(info, (await file.read(info.name)).sections));
  }
  const weights = Object.freeze({ weight: (name: string) => storedWeight(tensors, name) });
  return {
    graph,
    metadata: file.metadata,
    names: [...tensors.keys()],
    weights,
    get ledger() {
      const stored = [...tensors.values()];
      return ledger(
        file,
        file.tensors.map((info, i) => ledgerRow(info, stored[i])),
      );
    },
  };
}

function storedWeight(tensors: ReadonlyMap<string, StoredTensor>, name: string) {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`name: expected that of a tensor in the file, got "${name}"`);
  const { shape } = tensor;
  if (tensor.form === "coded") return { shape, stored: tensor.weight };
  return { shape, stored: { form: "raw" as const, values: numericValues(expandTensor(tensor)) } };
}

/** The elements as float32, rounded where their type is wider. @throws TypeError */
function numericValues(tensor: Tensor): Float32Array {
  const { name, type, bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const each = (size: number, read: (at: number) => number) =>
    Float32Array.from({ length: bytes.length / size }, (_, i) => read(size * i));
  switch (type) {
    case "float32":
      return floatValues(tensor); // not number by number, which may change the bits of a NaN
    case "float64":
      return each(8, (at) => view.getFloat64(at, true));
    case "int32":
      return each(4, (at) => view.getInt32(at, true));
    case "int64":
      return each(8, (at) => Number(view.getBigInt64(at, true)));
    case "uint8":
    case "bool":
      return each(1, (at) => view.getUint8(at));
    case "int8":
      return each(1, (at) => view.getInt8(at));
    default:
      throw new TypeError(`tensor "${name}": expected elements that float32 can hold, got ${type}`);
  }
}
