/**
 * The memory of a trainer: programs, data, weights and activations at byte addresses, so that WebAssembly and the
 * TypeScript twin run the same programs. Nothing is ever freed but the whole.
 */
export interface Arena {
  /** Address of `bytes` zeroed bytes, aligned to 16 and padded to 16. */
  allocate(bytes: number): number;
  /** The memory as it is now; a later allocation may replace it. */
  readonly buffer: ArrayBufferLike;
  floats(address: number, length: number): Float32Array;
  ints(address: number, length: number): Int32Array;
  bytes(address: number, length: number): Uint8Array;
}

const PAGE = 65536;

function arenaOver(memory: { readonly buffer: ArrayBufferLike; grow(pages: number): void }, base: number): Arena {
  let top = Math.ceil(base / 16) * 16;
  return {
    allocate(bytes) {
      const address = top;
      top += Math.ceil(bytes / 16) * 16;
      const missing = top - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
      return address;
    },
    get buffer() {
      return memory.buffer;
    },
    floats: (address, length) => new Float32Array(memory.buffer, address, length),
    ints: (address, length) => new Int32Array(memory.buffer, address, length),
    bytes: (address, length) => new Uint8Array(memory.buffer, address, length),
  };
}

/** An arena over a WebAssembly memory, from `base` on. */
export function wasmArena(memory: WebAssembly.Memory, base: number): Arena {
  return arenaOver(
    {
      get buffer() {
        return memory.buffer;
      },
      grow: (pages) => void memory.grow(pages),
    },
    base,
  );
}

/** An arena over an ordinary buffer, which at least doubles when it is full. */
export function plainArena(): Arena {
  let buffer = new ArrayBuffer(16 * PAGE);
  return arenaOver(
    {
      get buffer() {
        return buffer;
      },
      grow(pages) {
        const larger = new ArrayBuffer(buffer.byteLength + Math.max(pages * PAGE, buffer.byteLength));
        new Uint8Array(larger).set(new Uint8Array(buffer));
        buffer = larger;
      },
    },
    64, // address 0 means "none" in a program
  );
}
