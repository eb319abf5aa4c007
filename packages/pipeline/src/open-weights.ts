import { fromFloat16 } from "@deep-compression/bits";
import { type ByteSource, openContainer } from "@deep-compression/container";
import { type ElementType, elementCount, floatValues, type Graph, type Tensor } from "@deep-compression/network";
import { type Ledger, ledger } from "./ledger";
import { ledgerRow } from "./ledger-row";
import { readGraph } from "./read-graph";
import { checkClaims, checkedTensor, expandTensor, type ReadOptions, type StoredTensor } from "./stored-tensor";
import type { StoredWeight } from "./stored-weight";

/** A weight by name, in the form in which the file holds it; what `inference` runs from. */
export interface StoredWeights {
  /**
   * Tensors of bool, of integers of any width and of floats of 16, 32 and 64 bits come as raw float32 values, which
   * hold those of up to 16 bits exactly and round those of 32 bits and more. Floats of 8 and 4 bits and complex numbers
   * have none.
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

/** Reads element `i`, packed little-endian; float32 and bfloat16 are taken whole. */
const elementReaders: Partial<Record<ElementType, (view: DataView, i: number) => number>> = {
  bool: (view, i) => view.getUint8(i),
  uint4: (view, i) => (view.getUint8(i >>> 1) >> (4 * (i & 1))) & 15,
  int4: (view, i) => (view.getUint8(i >>> 1) << (28 - 4 * (i & 1))) >> 28,
  uint8: (view, i) => view.getUint8(i),
  int8: (view, i) => view.getInt8(i),
  uint16: (view, i) => view.getUint16(2 * i, true),
  int16: (view, i) => view.getInt16(2 * i, true),
  uint32: (view, i) => view.getUint32(4 * i, true),
  int32: (view, i) => view.getInt32(4 * i, true),
  uint64: (view, i) => Number(view.getBigUint64(8 * i, true)),
  int64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  float16: (view, i) => fromFloat16(view.getUint16(2 * i, true)),
  float64: (view, i) => view.getFloat64(8 * i, true),
};

/** The elements as float32, rounded where their type is wider. @throws TypeError */
function numericValues(tensor: Tensor): Float32Array {
  const { name, type, shape, bytes } = tensor;
  if (type === "float32") return floatValues(tensor); // not number by number, which may change the bits of a NaN
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = elementCount(shape);
  if (type === "bfloat16") {
    // The upper half of a float32.
    return new Float32Array(Uint32Array.from({ length }, (_, i) => view.getUint16(2 * i, true) << 16).buffer);
  }
  const read = elementReaders[type];
  if (read !== undefined) return Float32Array.from({ length }, (_, i) => read(view, i));
  throw new TypeError(`tensor "${name}": expected bool, integers, or floats of 16, 32 or 64 bits, got ${type}`);
}
