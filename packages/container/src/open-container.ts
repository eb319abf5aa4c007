import { type ByteSource, checkSource, FormatError, readExactly } from "@deep-compression/bits";
import { checkBytes } from "@deep-compression/runtime";
import { checkBlock, checkRange, type RangeOwner, type StoredRange } from "./checksums";
import type { TensorRecord } from "./content";
import { type Directory, decodeDirectory, sectionName, type TensorInfo } from "./directory";
import { checkDirectory, decodeHeader, HEADER_BYTES } from "./header";
import { BLOCK_BYTES } from "./limits";

/** What is known of a file from its header and directory alone. */
export interface ContainerInfo {
  readonly version: number;
  readonly byteLength: number;
  /** Bytes of the header, and of the directory that belong to no metadata, graph or tensor. */
  readonly headerBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of the metadata in the directory. */
  readonly metadataBytes: number;
  /** Where the graph lies, or undefined if the file has none. */
  readonly graph: StoredRange | undefined;
  /** Bytes of the graph, and of its length and checksums in the directory. */
  readonly graphBytes: number;
  /**
   * In the order of the file. `headerBytes + metadataBytes + graphBytes` and every tensor's `directoryBytes` and
   * section lengths sum to `byteLength`.
   */
  readonly tensors: readonly TensorInfo[];
}

/** Random access to a file: every read is checked against its checksums. */
export interface ContainerReader extends ContainerInfo {
  /** The graph's bytes, or undefined if the file has none. @throws FormatError */
  readGraph(): Promise<Uint8Array | undefined>;
  /**
   * One tensor; touches only that tensor's bytes.
   *
   * @throws RangeError if there is no tensor of that name, FormatError "bad-checksum" or "truncated"
   */
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
  const header = await readExactly(source, 0, Math.min(HEADER_BYTES, byteLength));
  const { directoryLength } = decodeHeader(header);
  checkDirectoryFits(directoryLength, byteLength);
  const bytes = await readExactly(source, HEADER_BYTES, directoryLength);
  const { directory, info } = parseDirectory(header, bytes);
  checkEnd(info, byteLength);
  return { ...info, ...reading(source, directory) };
}

/** As {@link openContainer} for bytes in memory, without waiting: what the directory says. @throws FormatError */
export function inspectContainer(bytes: Uint8Array): ContainerInfo {
  const header = checkBytes("bytes", bytes).subarray(0, HEADER_BYTES);
  const { directoryLength } = decodeHeader(header);
  checkDirectoryFits(directoryLength, bytes.length);
  const { info } = parseDirectory(header, bytes.subarray(HEADER_BYTES, HEADER_BYTES + directoryLength));
  checkEnd(info, bytes.length);
  return info;
}

function checkDirectoryFits(directoryLength: number, byteLength: number): void {
  if (HEADER_BYTES + directoryLength <= byteLength) return;
  throw new FormatError("truncated", `the directory takes ${directoryLength} bytes, the file ends within it`, {
    offset: byteLength,
    section: "directory",
  });
}

/** What header and directory say, checked against their checksum. @throws FormatError */
export function parseDirectory(
  header: Uint8Array,
  bytes: Uint8Array,
): { readonly directory: Directory; readonly info: ContainerInfo } {
  checkDirectory(header, bytes);
  const directory = decodeDirectory(bytes, { baseOffset: HEADER_BYTES });
  const { metadata, metadataBytes, graph, graphBytes, tensors, sharedBytes, end } = directory;
  const { version } = decodeHeader(header);
  const sizes = { byteLength: end, headerBytes: HEADER_BYTES + sharedBytes, metadataBytes, graphBytes };
  return { directory, info: { version, ...sizes, metadata, graph, tensors } };
}

/** The sections fill the file exactly. @throws FormatError "truncated", "trailing-data" */
function checkEnd({ byteLength: end }: ContainerInfo, byteLength: number): void {
  if (end === byteLength) return;
  const code = end > byteLength ? "truncated" : "trailing-data";
  const offset = Math.min(end, byteLength);
  throw new FormatError(code, `the sections end at ${end}, the file at ${byteLength}`, { offset });
}

function reading(source: ByteSource, { graph, tensors }: Directory): Omit<ContainerReader, keyof ContainerInfo> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  return {
    async readGraph() {
      if (graph === undefined) return undefined;
      const bytes = await readExactly(source, graph.offset, graph.length);
      checkRange(graph, bytes, { section: "graph" });
      return bytes;
    },
    async read(name) {
      const tensor = byName.get(name);
      if (tensor === undefined) throw new RangeError(`name: expected that of a tensor in the file, got "${name}"`);
      return readTensor(source, tensor);
    },
    async verify() {
      if (graph !== undefined) await verifyRange(source, graph, { section: "graph" });
      for (const { name, sections } of tensors) {
        for (const section of sections)
          await verifyRange(source, section, { tensor: name, section: sectionName(section) });
      }
    },
  };
}

async function readTensor(source: ByteSource, { name, type, shape, sections }: TensorInfo): Promise<TensorRecord> {
  const start = sections[0]?.offset ?? 0;
  const length = sections.reduce((sum, section) => sum + section.length, 0);
  const bytes = await readExactly(source, start, length);
  const read = sections.map((section) => {
    const own = bytes.subarray(section.offset - start, section.offset - start + section.length);
    checkRange(section, own, { tensor: name, section: sectionName(section) });
    return { kind: section.kind, bytes: own };
  });
  return { name, type, shape, sections: read };
}

async function verifyRange(source: ByteSource, range: StoredRange, owner: RangeOwner): Promise<void> {
  for (let block = 0; block < range.checksums.length; block++) {
    const start = block * BLOCK_BYTES;
    const length = Math.min(BLOCK_BYTES, range.length - start);
    checkBlock(range, { block, bytes: await readExactly(source, range.offset + start, length) }, owner);
  }
}
