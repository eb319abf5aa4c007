import { type ByteSource, checkSource, FormatError, readExactly } from "@deep-compression/bits";
import { checkBytes, quoted } from "@deep-compression/runtime";
import { checkBlock, checkRange, checkRangeInTurns, type RangeOwner, type StoredRange } from "./checksums";
import type { Section, TensorRecord } from "./content";
import { type Directory, decodeDirectory } from "./directory";
import { checkDirectory, decodeHeader, HEADER_BYTES } from "./header";
import { BLOCK_BYTES } from "./limits";
import { decodeModelInTurns, type Model } from "./model";
import { sectionName, type TensorInfo } from "./tensor-record";

/** What is known of a file from its header and directory alone. */
export interface ContainerInfo extends Directory {
  readonly version: number;
}

/** Random access to a file: every read is checked against its checksums. */
export interface ContainerReader extends ContainerInfo {
  /** The graph's bytes or the envelope, or undefined if the file has neither. @throws FormatError */
  readModel(): Promise<Model | undefined>;
  /** One tensor; touches only its bytes. @throws RangeError if there is none of that name, FormatError */
  read(name: string): Promise<TensorRecord>;
  /** Checks every checksum, one block in memory at a time. @throws FormatError */
  verify(): Promise<void>;
}

/**
 * Opens a `.dcz` file: reads its header and its directory, nothing else.
 *
 * @throws FormatError if either is not valid, or the sections do not fill the file exactly; TypeError for no source
 */
export async function openContainer(source: ByteSource): Promise<ContainerReader> {
  const { byteLength } = checkSource("source", source);
  const start = await readExactly(source, 0, Math.min(HEADER_BYTES, byteLength));
  const length = directoryLength(start, byteLength);
  const info = parseDirectory(start, await readExactly(source, HEADER_BYTES, length), byteLength);
  return { ...info, ...reading(source, info) };
}

/** As {@link openContainer} for bytes in memory, without waiting: what the directory says. @throws FormatError */
export function inspectContainer(bytes: Uint8Array): ContainerInfo {
  const start = checkBytes("bytes", bytes).subarray(0, HEADER_BYTES);
  const length = directoryLength(start, bytes.length);
  return parseDirectory(start, bytes.subarray(HEADER_BYTES, HEADER_BYTES + length), bytes.length);
}

/** Length of the directory of a file of `byteLength` bytes. @throws FormatError "truncated" if it ends within it */
function directoryLength(header: Uint8Array, byteLength: number): number {
  const length = decodeHeader(header).directoryLength;
  if (HEADER_BYTES + length <= byteLength) return length;
  const message = `the directory takes ${length} bytes, the file ends within it`;
  throw new FormatError("truncated", message, { offset: byteLength, section: "directory" });
}

/**
 * What header and directory say, checked against their checksum and, if it is known, the length of the file.
 *
 * @throws FormatError "truncated", "trailing-data" if the sections do not fill the file exactly
 */
export function parseDirectory(start: Uint8Array, bytes: Uint8Array, byteLength?: number): ContainerInfo {
  const header = decodeHeader(start);
  checkDirectory(start, bytes, header);
  const directory = decodeDirectory(bytes, { baseOffset: HEADER_BYTES });
  const { byteLength: end } = directory;
  if (byteLength === undefined || end === byteLength) return { version: header.version, ...directory };
  const message = `the sections end at ${end}, the file at ${byteLength}`;
  throw new FormatError(end > byteLength ? "truncated" : "trailing-data", message, {
    offset: Math.min(end, byteLength),
  });
}

function reading(source: ByteSource, { model, tensors }: Directory): Omit<ContainerReader, keyof ContainerInfo> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    async readModel() {
      if (model === undefined) return undefined;
      const bytes = await readExactly(source, model.offset, model.length);
      checkRange(model, bytes, { section: model.kind });
      return decodeModelInTurns(bytes, model, tensors);
    },
    async read(name) {
      const tensor = byName.get(name);
      if (tensor === undefined)
        throw new RangeError(`name: expected that of a tensor in the file, got ${quoted(name)}`);
      return readTensor(source, tensor);
    },
    async verify() {
      if (model !== undefined) await verifyRange(source, model, { section: model.kind });
      for (const { name, sections, repeats } of tensors) {
        if (repeats !== undefined) continue; // checked with the tensor that has the sections
        for (const section of sections)
          await verifyRange(source, section, { tensor: name, section: sectionName(section) });
      }
    },
  };
}

async function readTensor(source: ByteSource, info: TensorInfo): Promise<TensorRecord> {
  const { name, sections, directoryBytes: _, ...head } = info;
  const start = sections[0]?.offset ?? 0;
  const length = sections.reduce((sum, section) => sum + section.length, 0);
  const bytes = await readExactly(source, start, length);
  const read: Section[] = [];
  for (const section of sections) {
    const own = bytes.subarray(section.offset - start, section.offset - start + section.length);
    await checkRangeInTurns(section, own, { tensor: name, section: sectionName(section) });
    read.push({ kind: section.kind, bytes: own });
  }
  return { name, ...head, sections: read };
}

async function verifyRange(source: ByteSource, range: StoredRange, owner: RangeOwner): Promise<void> {
  for (let block = 0; block < range.checksums.length; block++) {
    const start = block * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, range.length - start);
    checkBlock(range, { block, bytes: await readExactly(source, range.offset + start, length) }, owner);
  }
}
