import { type ByteSource, bytesSource } from "@deep-compression/bits";
import type { Network, Tensor } from "@deep-compression/network";
import { type OpenedFile, open, type ReadOptions, tensorsOfStream } from "@deep-compression/pipeline";
import { dequantizeWeight, type StoredWeight } from "@deep-compression/tensor-codec";

/** The network that a file holds. */
export async function decompressed(bytes: Uint8Array, options?: ReadOptions): Promise<Network> {
  return (await open(bytesSource(bytes), options)).network();
}

/** A weight of a file as it is stored. */
export async function storedIn(bytes: Uint8Array, name = "w"): Promise<StoredWeight> {
  const weight = (await (await open(bytesSource(bytes))).weights()).weight(name);
  if ("stored" in weight) return weight.stored;
  throw new TypeError(`${name} is given as it is, for it is ${weight.type}`);
}

/** All tensors that come. */
export async function collected(tensors: AsyncIterable<Tensor>): Promise<Tensor[]> {
  const all: Tensor[] = [];
  for await (const tensor of tensors) all.push(tensor);
  return all;
}

/** The file in pieces of these sizes, over and over. */
export async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** How each member of an opened file reads all its tensors: whoever adds a member has to list it here. */
const MEMBERS: { readonly [Member in keyof OpenedFile]: "told on opening" | ((file: OpenedFile) => unknown) } = {
  graph: "told on opening",
  graphProblem: "told on opening",
  format: "told on opening",
  files: "told on opening",
  metadata: "told on opening",
  byteLength: "told on opening",
  source: ({ source }) => inTurn(source.tensors, (tensor) => tensor.read()),
  tensor: ({ tensor, source }) => inTurn(source.tensors, ({ name }) => tensor(name)),
  tensors: (file) => collected(file.tensors()),
  network: (file) => file.network(),
  weights: usedWeights,
  ledger: (file) => file.ledger(),
  ledgerRows: async (file) => {
    for await (const _ of file.ledgerRows());
  },
  sizes: "told on opening",
  verify: (file) => file.verify(),
};

async function inTurn<T>(all: readonly T[], read: (one: T) => unknown): Promise<void> {
  for (const one of all) await read(one);
}

/** Where entries stand is checked when a weight is used. */
async function usedWeights(file: OpenedFile): Promise<void> {
  const { names, weight } = await file.weights();
  for (const name of names) {
    const found = weight(name);
    if ("stored" in found) dequantizeWeight(found.stored);
  }
}

export type Reader = (source: ByteSource, options?: ReadOptions) => Promise<unknown>;

/** `open` and then each member of what it gives that reads tensors. */
export const openingReaders: Readonly<Record<string, Reader>> = Object.fromEntries(
  Object.entries(MEMBERS).flatMap(([member, read]): [string, Reader][] =>
    typeof read === "string" ? [] : [[member, async (...given) => read(await open(...given))]],
  ),
);

/** From the pieces of a download. */
export async function streamed(source: ByteSource, options?: ReadOptions): Promise<Tensor[]> {
  return collected(tensorsOfStream(cut(await source.slice(0), [50]), options));
}
