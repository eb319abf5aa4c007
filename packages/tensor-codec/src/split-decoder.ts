import { CHUNK_SYMBOLS } from "@deep-compression/huffman";
import { kernelChoice, uninitializedBytes } from "@deep-compression/runtime";
import { decodePlane, HEADER_BYTES, MAX_SINGLE } from "./coded-plane";
import { KERNELS_TEXT } from "./kernels.generated";
import { joinPlanes, type SplitOrder } from "./split-planes";

/** A plane as it stands in a section. */
export interface StoredPlane {
  readonly bytes: Uint8Array;
  /** Whether it is coded, and not stored as it is. */
  readonly isCoded: boolean;
  /** Of the bytes in the section, for errors. */
  readonly offset: number;
}

/** Elements of an order. */
export interface SplitElements extends SplitOrder {
  readonly count: number;
}

/** Decodes coded planes and joins all. */
export interface SplitDecoder {
  /** The elements of a whole section; undefined if that is for {@link join}. */
  decode(section: Uint8Array, size: number, count: number): Uint8Array | undefined;
  /** The elements of all their planes. @throws FormatError as `decodePlane` */
  join(planes: readonly StoredPlane[], elements: SplitElements): Uint8Array;
}

const PLAIN_DECODER: SplitDecoder = { decode: () => undefined, join: joinPlain };

export const splitDecoder = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, wasmDecoder, PLAIN_DECODER);

function joinPlain(planes: readonly StoredPlane[], order: SplitElements): Uint8Array {
  const { size, count } = order;
  const decoded = planes.map(({ bytes, isCoded, offset }) => (isCoded ? decodePlane(bytes, { count, offset }) : bytes));
  const elements = new Uint8Array(size * count);
  joinPlanes(decoded, elements, order);
  return elements;
}

/** What assembly/planes.ts exports: its functions, and where in its memory things lie. */
type SplitExports = Readonly<
  Record<"SECTION" | "SECTION_BYTES" | "PLANES" | "PLANE_BYTES" | "ELEMENTS", WebAssembly.Global<"i32">>
> & {
  readonly memory: WebAssembly.Memory;
  readonly readTable: (plane: number, from: number, length: number, count: number) => number;
  readonly decodePlane: (plane: number, from: number, length: number, count: number) => number;
  readonly joinPlanes: (size: number, rotated: number, count: number) => void;
  readonly decodeSection: (size: number, count: number, length: number) => number;
};

/** Bytes of the largest elements that the kernel joins. */
const MAX_SIZE = 8;

/** A decoder in WebAssembly, on one small memory: a section of one chunk is one call, longer ones go chunk by chunk. */
function wasmDecoder(kernels: SplitExports): SplitDecoder {
  const memory = new Uint8Array(kernels.memory.buffer);
  const [from, room] = [kernels.SECTION.value, kernels.SECTION_BYTES.value];
  const [planes, planeBytes, joined] = [kernels.PLANES.value, kernels.PLANE_BYTES.value, kernels.ELEMENTS.value];

  /** Decodes a chunk of `count` elements that begins at `at`; gives where the next one begins, or -1 if it is none. */
  function decodeChunk({ bytes }: StoredPlane, plane: number, at: number, count: number): number {
    let to = bytes.length;
    if (count > MAX_SINGLE) {
      to = at + HEADER_BYTES;
      for (let i = at; i < at + HEADER_BYTES; i += 2) to += bytes[i]! | (bytes[i + 1]! << 8);
    }
    if (!(to <= bytes.length && to - at <= room)) return -1;
    memory.set(bytes.subarray(at, to), from);
    return kernels.decodePlane(plane, from, to - at, count) === 1 ? to : -1;
  }

  function join(stored: readonly StoredPlane[], { size, isRotated, count }: SplitElements): Uint8Array | undefined {
    const places = stored.map(({ bytes, isCoded }, plane) => {
      if (!isCoded) return 0;
      const length = Math.min(bytes.length, room);
      memory.set(bytes.subarray(0, length), from);
      return kernels.readTable(plane, from, length, count);
    });
    if (stored.some(({ isCoded }, plane) => isCoded && places[plane] === 0)) return undefined;
    const elements = uninitializedBytes(size * count);
    for (let done = 0; done < count; done += CHUNK_SYMBOLS) {
      const length = Math.min(CHUNK_SYMBOLS, count - done);
      for (const [i, plane] of stored.entries()) {
        if (plane.isCoded) places[i] = decodeChunk(plane, i, places[i]!, length);
        else memory.set(plane.bytes.subarray(done, done + length), planes + i * planeBytes);
        if (places[i] === -1) return undefined;
      }
      kernels.joinPlanes(size, isRotated ? 1 : 0, length);
      elements.set(memory.subarray(joined, joined + size * length), size * done);
    }
    return stored.every(({ isCoded, bytes }, i) => !isCoded || places[i] === bytes.length) ? elements : undefined;
  }

  return {
    decode(section, size, count) {
      if (size > MAX_SIZE || count > CHUNK_SYMBOLS || count === 0 || section.length > room) return undefined;
      memory.set(section, from);
      if (kernels.decodeSection(size, count, section.length) === 0) return undefined;
      return memory.slice(joined, joined + size * count);
    },
    // What the kernel refuses is decoded again, so that errors are those of the plain decoder.
    join: (stored, order) => (order.size <= MAX_SIZE ? join(stored, order) : undefined) ?? joinPlain(stored, order),
  };
}
