/**
 * The memory of a trainer: data, weights and activations at byte addresses, so that WebAssembly and the plain kernels
 * run the same programs. It grows as it must; room that is given back is used again.
 */
export interface Arena {
  /** Address of `bytes` zeroed bytes, aligned to 16 and padded to 16. */
  allocate(bytes: number): number;
  /** Gives back the room that `allocate` gave at this address. */
  free(address: number): void;
  /** End of the room in use, and how much of it is. */
  readonly top: number;
  readonly used: number;
  /** The memory as it is now; a later allocation may replace it. */
  readonly buffer: ArrayBufferLike;
  floats(address: number, length: number): Float32Array;
  ints(address: number, length: number): Int32Array;
  codes(address: number, length: number): Uint16Array;
  bytes(address: number, length: number): Uint8Array;
}

/** Room that is given back as a whole, such as what one call takes. */
export interface Scope {
  allocate(bytes: number): number;
  release(): void;
}

const PAGE = 65536;

/** A memory that grows by pages, such as WebAssembly's. */
interface PagedMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): unknown;
}

/** An arena over a memory, from `base` on. */
export function createArena(memory: PagedMemory, base: number): Arena {
  const start = Math.ceil(base / 16) * 16;
  /** The room in use, in the order of its addresses. */
  const taken: { readonly address: number; readonly end: number }[] = [];
  return {
    allocate(bytes) {
      const size = Math.max(1, Math.ceil(bytes / 16)) * 16;
      // The first gap between neighbours that is wide enough, or else the end.
      let [address, index] = [start, 0];
      while (index < taken.length && taken[index]!.address - address < size) address = taken[index++]!.end;
      const missing = address + size - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      taken.splice(index, 0, { address, end: address + size });
      new Float64Array(memory.buffer, address, size / 8).fill(0); // five times as fast as bytes are
      return address;
    },
    free(address) {
      const index = taken.findIndex((room) => room.address === address);
      if (index < 0) throw new RangeError(`address: expected one that is in use, got ${address}`);
      taken.splice(index, 1);
    },
    get top() {
      return taken.at(-1)?.end ?? start;
    },
    get used() {
      return taken.reduce((sum, { address, end }) => sum + end - address, 0);
    },
    get buffer() {
      return memory.buffer;
    },
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
    ints: (address, length) => new Int32Array(memory.buffer, address, length),
    codes: (address, length) => new Uint16Array(memory.buffer, address, length),
    bytes: (address, length) => new Uint8Array(memory.buffer, address, length),
  };
}

export function openScope(arena: Arena): Scope {
  const addresses: number[] = [];
  return {
    allocate(bytes) {
      const address = arena.allocate(bytes);
      addresses.push(address);
      return address;
    },
    release() {
      for (const address of addresses.splice(0)) arena.free(address);
    },
  };
}

/** What `work` gives; the room that it took goes back. */
export function withScope<T>(arena: Arena, work: (scope: Scope) => T): T {
  const scope = openScope(arena);
  try {
    return work(scope);
  } finally {
    scope.release();
  }
}

/** An arena over an ordinary buffer, which at least doubles when it is full. */
export function plainArena(): Arena {
  let buffer = new ArrayBuffer(16 * PAGE);
  const memory = {
    get buffer() {
      return buffer;
    },
    grow(pages: number) {
      const larger = new ArrayBuffer(buffer.byteLength + Math.max(pages * PAGE, buffer.byteLength));
      new Uint8Array(larger).set(new Uint8Array(buffer));
      buffer = larger;
    },
  };
  return createArena(memory, 64); // address 0 means "none" in a program
}
