import { checkRange, type RangeOwner, type StoredRange } from "./checksums";
import type { Section, TensorRecord } from "./content";
import { decodeHeader, HEADER_BYTES } from "./header";
import { decodeModelInTurns, type Model } from "./model";
import { type ContainerInfo, parseDirectory } from "./open-container";
import { type PieceReader, pieceReader } from "./piece-reader";
import { sectionName, type TensorInfo } from "./tensor-record";

/** What a file gives as its bytes arrive, in this order: its directory, its model if it has one, each tensor. */
export type StreamedPart =
  /** `byteLength` is what the file must come to. */
  | { readonly part: "directory"; readonly info: ContainerInfo }
  | { readonly part: "model"; readonly model: Model }
  | { readonly part: "tensor"; readonly info: TensorInfo; readonly tensor: TensorRecord };

/**
 * Reads a `.dcz` file as its bytes arrive, in pieces of any size: the directory as soon as it is there, then the model,
 * then each tensor in the order of the file. Everything that comes out is checked against its checksums; of the file
 * one tensor is in memory at a time, besides those that a later one repeats, and of a tensor that is claimed to be large no more
 * than has arrived.
 *
 * A file that is cut short or goes on too long is found at its end, after the tensors before it. Whoever stops early
 * closes the stream.
 *
 * @throws FormatError, TypeError if the pieces cannot be iterated or one is no Uint8Array
 */
export async function* readContainerStream(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamedPart, void, void> {
  const reader = pieceReader(pieces);
  try {
    const header = await reader.readUpTo(HEADER_BYTES);
    const { directoryLength } = decodeHeader(header);
    const info = parseDirectory(header, await reader.read(directoryLength));
    yield { part: "directory", info };
    if (info.model !== undefined) {
      const bytes = await readRange(reader, info.model, { section: info.model.kind });
      yield { part: "model", model: await decodeModelInTurns(bytes, info.model, info.tensors) };
    }
    const kept = repeatedSections(info.tensors);
    for (const [i, tensor] of info.tensors.entries()) {
      const sections = kept.take(tensor.repeats) ?? (await readSections(reader, tensor));
      kept.keep(i, sections);
      const { directoryBytes: _, ...head } = tensor;
      yield { part: "tensor", info: tensor, tensor: { ...head, sections } };
    }
    await reader.expectEnd();
  } finally {
    await reader.close();
  }
}

/** The sections of tensors that later ones repeat, from when they are read to when the last of those has come. */
function repeatedSections(tensors: readonly TensorInfo[]) {
  const repeatsLeft = new Map<number, number>();
  for (const { repeats } of tensors) {
    if (repeats !== undefined) repeatsLeft.set(repeats, 1 + (repeatsLeft.get(repeats) ?? 0));
  }
  const kept = new Map<number, readonly Section[]>();
  return {
    keep(index: number, sections: readonly Section[]): void {
      if (repeatsLeft.has(index)) kept.set(index, sections);
    },
    take(index: number | undefined): readonly Section[] | undefined {
      if (index === undefined) return undefined;
      const sections = kept.get(index);
      const left = (repeatsLeft.get(index) ?? 0) - 1;
      repeatsLeft.set(index, left);
      if (left === 0) kept.delete(index);
      return sections;
    },
  };
}

async function readSections(reader: PieceReader, { name, sections }: TensorInfo): Promise<readonly Section[]> {
  const read: Section[] = [];
  for (const section of sections) {
    const bytes = await readRange(reader, section, { tensor: name, section: sectionName(section) });
    read.push({ kind: section.kind, bytes });
  }
  return read;
}

async function readRange(reader: PieceReader, range: StoredRange, owner: RangeOwner): Promise<Uint8Array> {
  const bytes = await reader.read(range.length);
  checkRange(range, bytes, owner);
  return bytes;
}
