import type { ByteSource } from "@deep-compression/bits";
import { type ContainerInfo, readContainerStream } from "@deep-compression/container";
import { openModel } from "@deep-compression/model-io";
import type { Tensor } from "@deep-compression/network";
import { checkEntries } from "@deep-compression/tensor-codec";
import { DECODERS } from "./decoders";
import type { ReadOptions } from "./expansion-limit";
import { envelopeRow, type FileSizes, fileSizes, type Ledger, type LedgerRow, ledgerOf, tensorRow } from "./ledger";
import { checkedModel, filling, openDirectory, readStored } from "./open-directory";
import { readGraph } from "./read-graph";
import { type ReadableFile, readableFile } from "./readable-file";
import { decodeTensor, dequantizeTensor, inTensor, type TensorEntry, tensorEntries } from "./tensor-entry";

/** A `.dcz` file, opened: what it says of itself, its tensors, read when they are asked for, and what its bytes are. */
export interface OpenedFile extends ReadableFile {
  /** Where every byte of the file went; takes as long as decoding. @throws FormatError */
  ledger(): Promise<Ledger>;
  /** The rows of the ledger in its order, one tensor in memory at a time. @throws FormatError */
  ledgerRows(): AsyncGenerator<LedgerRow, void, void>;
  /** What the ledger comes to, tensor by tensor: the directory tells it, nothing is decoded. */
  readonly sizes: FileSizes;
  /** Checks every byte of the file. @param options.onRead told the name of each tensor before it is read @throws FormatError */
  verify(options?: { readonly onRead?: (name: string) => void }): Promise<void>;
}

/**
 * Opens a `.dcz` file: reads its header, directory and graph or envelope, and holds what they claim against the file's bytes.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function open(source: ByteSource, options: ReadOptions = {}): Promise<OpenedFile> {
  const opened = await openDirectory(source, options, {
    decoders: DECODERS,
    graph: readGraph,
    openerOf: () => openModel,
  });
  const { file, entries, envelope } = opened;
  const checked = async (entry: TensorEntry) => {
    const stored = await readStored(file, entry, DECODERS);
    if (stored.form === "coded") inTensor(entry, "decoded", () => checkEntries(stored.section.stored));
    return stored;
  };
  const inEnvelope = opened.tensors.filter(({ entry }) => entry === undefined);
  async function* ledgerRows() {
    for (const entry of entries) yield tensorRow(await checked(entry));
    for (const one of inEnvelope) yield envelopeRow(one);
  }
  return Object.freeze({
    ...readableFile(opened),
    async ledger() {
      const rows: LedgerRow[] = [];
      for await (const row of ledgerRows()) rows.push(row);
      return ledgerOf(file, rows);
    },
    ledgerRows,
    sizes: fileSizes(file, entries, inEnvelope),
    async verify({ onRead }: { readonly onRead?: (name: string) => void } = {}) {
      for (const [i, entry] of entries.entries()) {
        onRead?.(entry.name);
        const stored = await checked(entry);
        if (stored.form === "raw" && envelope !== undefined) filling(entry, stored.bytes, envelope.holes[i]!);
      }
    },
  });
}

/**
 * The tensors of a `.dcz` file in its order, each with all its elements as soon as its bytes are there, from the pieces of a
 * download. Memory holds one tensor and its section. A file that ends early is found out after the tensors before.
 *
 * @throws FormatError, TypeError for pieces that are none
 */
export async function* tensorsOfStream(
  pieces: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Tensor, void, void> {
  let file: Pick<ContainerInfo, "tensors" | "model"> = { tensors: [], model: undefined };
  let entries: readonly TensorEntry[] = [];
  let next = 0;
  for await (const part of readContainerStream(pieces)) {
    if (part.part === "directory") {
      file = part.info;
      entries = tensorEntries(file, options);
    } else if (part.part === "model") {
      await checkedModel(part.model, { file, entries, readGraph }); // only to refuse one that is none
    } else {
      yield dequantizeTensor(decodeTensor(entries[next++]!, part.tensor.sections[0]!.bytes));
    }
  }
}
