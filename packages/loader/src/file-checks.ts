import { concatenated, crc32c, FormatError, type Sha256, sha256 } from "@deep-compression/bits";
import {
  BLOCK_BYTES,
  type ContainerInfo,
  decodeHeader,
  HEADER_BYTES,
  parseDirectory,
  type StoredRange,
} from "@deep-compression/container";

/** Holds the bytes of a file against its checksums as they come, in any pieces, from the start of the file on. */
export interface FileChecks {
  /** What the directory says, once it is there and right. */
  readonly info: ContainerInfo | undefined;
  /** Bytes that were looked at. */
  readonly position: number;
  /** Bytes from the start that are right. */
  readonly checked: number;
  /** Tensors whose bytes are all right. */
  readonly tensors: number;
  readonly isComplete: boolean;
  /** @throws FormatError; {@link rewind} makes it ready for the same bytes again */
  push(bytes: Uint8Array): void;
  /** Forgets what came behind the bytes that are right. */
  rewind(): void;
  /** The SHA-256 of what came, if it was asked for, in hexadecimal. */
  hash(): string | undefined;
}

/** A block of the file that has a checksum of its own. */
interface Block {
  readonly end: number;
  readonly checksum: number;
}

export function fileChecks(options: { readonly isHashed: boolean }): FileChecks {
  let info: ContainerInfo | undefined;
  let head: Uint8Array[] = [];
  let headLength = 0;
  let headEnd = HEADER_BYTES; // of header and directory, once the header has told
  let blocks: readonly Block[] = [];
  let tensorEnds: readonly number[] = [];
  let next = 0;
  let tensors = 0;
  let position = 0;
  let checked = 0;
  let crc = 0;
  let hash: Sha256 | undefined = options.isHashed ? sha256() : undefined;
  let rightHash = hash?.copy();

  function isRight(): void {
    checked = position;
    crc = 0;
    rightHash = hash?.copy();
    while (tensors < tensorEnds.length && tensorEnds[tensors]! <= checked) tensors++;
  }
  /** Looks at bytes of header and directory; how many it took. */
  function pushHead(bytes: Uint8Array): number {
    head.push(bytes);
    headLength += bytes.length;
    if (headLength < headEnd) return bytes.length;
    const all = concatenated(head);
    headEnd = HEADER_BYTES + decodeHeader(all.subarray(0, HEADER_BYTES)).directoryLength;
    head = [all];
    if (headLength < headEnd) return bytes.length;
    info = parseDirectory(all.subarray(0, HEADER_BYTES), all.slice(HEADER_BYTES, headEnd));
    head = [];
    blocks = blocksOf(info);
    tensorEnds = tensorEndsOf(info);
    return bytes.length - (headLength - headEnd);
  }
  function advance(bytes: Uint8Array): void {
    hash?.update(bytes);
    position += bytes.length;
  }

  return {
    get info() {
      return info;
    },
    get position() {
      return position;
    },
    get checked() {
      return checked;
    },
    get tensors() {
      return tensors;
    },
    get isComplete() {
      return info !== undefined && checked === info.byteLength;
    },
    push(bytes) {
      let rest = bytes;
      if (info === undefined) {
        const taken = pushHead(rest);
        advance(rest.subarray(0, taken));
        rest = rest.subarray(taken);
        if (info !== undefined) isRight();
      }
      while (rest.length > 0) {
        const block = blocks[next];
        if (block === undefined)
          throw new FormatError("trailing-data", "the file goes on behind its last section", { offset: position });
        const part = rest.subarray(0, block.end - position);
        rest = rest.subarray(part.length);
        crc = crc32c(part, crc);
        advance(part);
        if (position < block.end) return;
        if (crc !== block.checksum) {
          const message = `the bytes from ${checked} to ${position} do not match their checksum`;
          throw new FormatError("bad-checksum", message, { offset: checked });
        }
        next++;
        isRight();
      }
    },
    rewind() {
      position = checked;
      crc = 0;
      head = [];
      headLength = 0;
      headEnd = HEADER_BYTES;
      hash = rightHash?.copy();
    },
    hash: () => hash?.hex(),
  };
}

/** The ranges of a file that have bytes of their own, in its order. */
function rangesOf({ model, tensors }: ContainerInfo): StoredRange[] {
  const sections = tensors.filter(({ repeats }) => repeats === undefined).flatMap((tensor) => tensor.sections);
  return model === undefined ? sections : [model, ...sections];
}

function blocksOf(info: ContainerInfo): Block[] {
  return rangesOf(info).flatMap(({ offset, length, checksums }) =>
    checksums.map((checksum, i) => ({ checksum, end: offset + Math.min(length, (i + 1) * BLOCK_BYTES) })),
  );
}

function tensorEndsOf({ tensors }: ContainerInfo): number[] {
  const ends = tensors.map(({ sections }) => Math.max(0, ...sections.map(({ offset, length }) => offset + length)));
  return ends.sort((a, b) => a - b);
}
