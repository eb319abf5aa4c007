import { checkRange, type RangeOwner, type StoredRange } from "./checksums";
import type { Section, TensorRecord } from "./content";
import { sectionName, type TensorInfo } from "./directory";
import { decodeHeader, HEADER_BYTES } from "./header";
import { type ContainerInfo, parseDirectory } from "./open-container";
import { type PieceReader, pieceReader } from "./piece-reader";

/** What a file gives as its bytes arrive, in this order: its directory, its graph if it has one, each tensor. */
export type StreamedPart =
  /** `byteLength` is what the file must come to. */
  | { readonly part: "directory"; readonly info: ContainerInfo }
  | { readonly part: "graph"; readonly bytes: Uint8Array }
  | { readonly part: "tensor"; readonly info: TensorInfo; readonly tensor: TensorRecord };

/**
 * Reads a `.dcz` file as its bytes arrive, in pieces of any size: the directory as soon as it is there, then the graph,
 * then each tensor in the order of the file. Everything that comes out is checked against its checksums; of the file
 * one tensor is in memory at a time, and of a tensor that is claimed to be large no more than has arrived.
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
    if (info.graph !== undefined) {
      yield { part: "graph", bytes: await readRange(reader, info.graph, { section: "graph" }) };
    }
    for (const tensor of info.tensors) {
      yield { part: "tensor", info: tensor, tensor: await readTensor(reader, tensor) };
    }
    await reader.expectEnd();
  } finally {
    await reader.close();
  }
}

async function readTensor(reader: PieceReader, { name, type, shape, sections }: TensorInfo): Promise<TensorRecord> {
  const read: Section[] = [];
  for (const section of sections) {
    const bytes = await readRange(reader, section, { tensor: name, section: sectionName(section) });
    read.push({ kind: section.kind, bytes });
  }
  return { name, type, shape, sections: read };
}

async function readRange(reader: PieceReader, range: StoredRange, owner: RangeOwner): Promise<Uint8Array> {
  const bytes = await reader.read(range.length);
  checkRange(range, bytes, owner);
  return bytes;
}
