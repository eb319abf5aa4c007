import { MAX_ARRAY_BYTES } from "@deep-compression/runtime";

/** Room in the heap. It is given back when nothing uses it any more. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
  uses: number;
}

/** What grows by pages: WebAssembly's memory, or its stand-in. */
export interface PagedMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): unknown;
}

const PAGE = 65_536;
/** Rooms begin at multiples of it: a vector of WebAssembly. */
const ALIGNMENT = 16;

interface Gap {
  readonly address: number;
  readonly bytes: number;
}

/**
 * The memory of a session: weights, constants and the values of a run at byte addresses, so that WebAssembly and plain kernels work
 * on the same. It grows as it must. Room is taken from the first gap that is wide enough, so runs at one shape find the same rooms.
 */
export class Heap {
  /** The free rooms below `top`, by address; no two touch. */
  #gaps: Gap[] = [];
  #top: number;
  #kept: { readonly gaps: readonly Gap[]; readonly top: number };
  readonly #memory: PagedMemory;
  readonly #limit: number;

  /** @param base the first address that may be used @param limit most bytes that it may hold */
  constructor(memory: PagedMemory, base: number, limit: number) {
    this.#memory = memory;
    this.#limit = Math.min(limit, MAX_ARRAY_BYTES);
    this.#top = Math.ceil(base / ALIGNMENT) * ALIGNMENT;
    this.#kept = { gaps: [], top: this.#top };
  }

  /** The memory as it is now; the next `allocate` may replace it. */
  get buffer(): ArrayBufferLike {
    return this.#memory.buffer;
  }

  /** Bytes that the memory has taken so far. */
  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Room of `bytes` whose contents may be anything. @throws RangeError if it does not fit into the limit */
  allocate(bytes: number): Block {
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    const index = this.#gaps.findIndex((gap) => gap.bytes >= size);
    if (index >= 0) {
      const { address, bytes: free } = this.#gaps[index]!;
      if (free === size) this.#gaps.splice(index, 1);
      else this.#gaps[index] = { address: address + size, bytes: free - size };
      return { address, bytes: size, uses: 0 };
    }
    const address = this.#top;
    if (!(address + size <= this.#limit))
      throw new RangeError(`it needs ${address + size} bytes of memory, and may take ${this.#limit}`);
    const missing = address + size - this.byteLength;
    if (missing > 0) this.#grow(Math.ceil(missing / PAGE));
    this.#top = address + size;
    return { address, bytes: size, uses: 0 };
  }

  #grow(pages: number): void {
    try {
      this.#memory.grow(pages);
    } catch (cause) {
      throw new RangeError(`${this.byteLength + pages * PAGE} bytes of memory are not to be had`, { cause });
    }
  }

  free({ address, bytes }: Block): void {
    let next = this.#gaps.findIndex((gap) => gap.address > address);
    if (next < 0) next = this.#gaps.length;
    const before = this.#gaps[next - 1];
    const after = this.#gaps[next];
    let [start, end, first, count] = [address, address + bytes, next, 0];
    if (before !== undefined && before.address + before.bytes === start)
      [start, first, count] = [before.address, next - 1, 1];
    if (after !== undefined && after.address === end) [end, count] = [after.address + after.bytes, count + 1];
    if (end === this.#top) {
      this.#gaps.splice(first, count);
      this.#top = start;
    } else this.#gaps.splice(first, count, { address: start, bytes: end - start });
  }

  /** From now on what is taken stays when the heap is cleared. */
  keep(): void {
    this.#kept = { gaps: [...this.#gaps], top: this.#top };
  }

  /** Gives back all that was taken since `keep`. */
  clear(): void {
    this.#gaps = [...this.#kept.gaps];
    this.#top = this.#kept.top;
  }
}

/** An ordinary buffer that grows as WebAssembly's memory does. */
export function plainMemory(): PagedMemory {
  let buffer = new ArrayBuffer(PAGE);
  return {
    get buffer() {
      return buffer;
    },
    grow(pages) {
      // A little more than is asked for: it is copied each time.
      const more = Math.max(pages, Math.floor(buffer.byteLength / PAGE / 8));
      const larger = new ArrayBuffer(buffer.byteLength + more * PAGE);
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
    },
  };
}
